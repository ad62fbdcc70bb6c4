"""A method of Streambed in Python: one file, NumPy and nothing else.

    from streambed import Learner, serve

    class NearestMean(Learner):
        name, summary, source = "nearest-mean", "nearest class mean", "…"
        needs = {"gradients": "none", "seeded": False}
        classifiers = {"nearest": "scores"}
        options = {"batch": 64}

        def new_classes(self, classes): ...
        def stages(self, task): ...
        def step(self, stage, batch, place): ...
        def predict(self, images): ...
        def save(self): ...
        def load(self, state): ...

    if __name__ == "__main__":
        serve(NearestMean)

`methods: [./nearest_mean.py]` in a suite runs it; `streambed verify nearest_mean.py` says whether it can be trusted.
"""

import hashlib
import json
import os
import signal
import struct
import sys
import time
import traceback

import numpy as np

__all__ = ["Learner", "Context", "Images", "Random", "serve"]


class Images:
    """Images that a method is shown; never where they come from.

    rows: [n, 3, height, width] uint8 for a method that trains on pictures (`gradients: "backbone"`), else their
    embeddings [n, dimension] float32; `None` for one that says `embeddings: False` and trains nothing.
    embeddings: [n, dimension] float32 beside the pictures, where `needs` asks for them.
    labels: [n] int32, in learning only.
    """

    def __init__(self, length, rows=None, embeddings=None, labels=None):
        self.rows, self.embeddings, self.labels = rows, embeddings, labels
        self._length = length

    def __len__(self):
        return self._length


class Random(np.random.Generator):
    """NumPy's generator, with a place that can be saved."""

    def save(self):
        return json.dumps(self.bit_generator.state)

    def load(self, state):
        self.bit_generator.state = json.loads(state)


class Options(dict):
    """The method's options. Reading one that it does not declare is an error: no suite could set it."""

    def __missing__(self, name):
        raise KeyError(f"{name} is not among the options that the method declares: {sorted(self)}")

    def get(self, name, default=None):
        return self[name]


class Context:
    """What a learner is started with."""

    def __init__(self, options, scenario, seed, dimension, row, threads):
        self.options = Options(options)
        self.scenario = scenario
        self.seed = seed
        """Four whole numbers below 2**32, of which all chance comes."""
        self.dimension = dimension
        """Numbers in an embedding."""
        self.row_shape = tuple(row["shape"])
        self.row_dtype = np.dtype(row["dtype"])
        self.threads = threads
        self._operations = 0
        self._trains = None

    def random(self, purpose):
        """Seeded chance by purpose ("buffer", "init", …): equal names, equal numbers. Save it with the state."""
        words = np.frombuffer(hashlib.sha256(purpose.encode()).digest(), dtype="<u4").tolist()
        return Random(np.random.PCG64(np.random.SeedSequence(list(self.seed) + words)))

    def count(self, operations):
        """Operations just done, a multiply-add being 2; only where the method says `counts = True`."""
        self._operations += int(operations)

    def trains(self, parameters):
        """So many parameters are trained at once from now on."""
        self._trains = int(parameters)


class Learner:
    """A method at work on one stream. Streambed owns the loop, the epochs and the order of images."""

    name = ""
    summary = ""
    source = ""
    #: gradients: "none", "head" or "backbone"; memory: "none", "embeddings" or "raw images"; embeddings, boundaries,
    #: seeded: True or False; scenarios: [...]; sees: "one task", …; validation: 0 … 0.5
    needs = {"gradients": "none"}
    #: name -> "logits", "probabilities" or "scores"; the first one is the row's
    classifiers = {}
    #: every option with its default; a suite may set these and no others
    options = {}
    role = None
    #: does it call context.count for all that it does? If not, its operations are unknown.
    counts = False
    #: seconds that it may take for one answer
    answers_within = 600
    #: predict is asked about one image at a time, since a BLAS may round a batch otherwise than an image alone
    one_by_one = True

    def __init__(self, context):
        self.context = context

    def new_classes(self, classes):
        """New classes appear, in the order of their score columns from now on."""

    def stages(self, task):
        """What happens to task["index"], with task["classes"], in order. Depends on the task alone.

        {"name": "learn", "over": {"images": "task", "batch": 32, "epochs": 5}}: a step a batch ("view": "test", "order":
        "canonical" and "check": {"batch": 100} as in TypeScript); {"name": "align", "steps": 100}: steps without images.
        """
        raise NotImplementedError

    def step(self, stage, batch, place):
        """One step. May give {"loss": 0.3, "replayed": 32}. `batch` is None in a stage of steps without images."""
        raise NotImplementedError

    def check(self, stage, batch):
        """A batch of held-out images, after each epoch of a stage with "check"."""

    def flat(self, stage):
        """Stop this stage early?"""
        return False

    def predict(self, images):
        """{classifier: [n, classes so far] float32}. Must change nothing."""
        raise NotImplementedError

    def save(self):
        """All that must be remembered between two steps: dicts, lists, numbers, texts, bytes and NumPy arrays."""
        raise NotImplementedError

    def load(self, state):
        """The state that `save` gave, in a learner just started that has been told its classes."""
        raise NotImplementedError

    # `settle(self)` (before anything is evaluated) and `chosen(self)` ({"lambda": {"value": …, "atEnd": False}}) are
    # asked where a method defines them.


# --- the wire: u32 length, JSON header, the bytes of its arrays ---


def _encoded(message):
    arrays, parts = [], []

    def plain(value):
        if isinstance(value, (bytes, bytearray)):
            value = np.frombuffer(bytes(value), np.uint8)
        if isinstance(value, np.ndarray):
            data = np.asarray(value, order="C")
            if data.dtype.hasobject:
                raise TypeError("an array of Python objects can't be sent; pickle it to bytes")
            if data.dtype.byteorder == ">":
                data = data.astype(data.dtype.newbyteorder("<"))
            arrays.append({"dtype": data.dtype.name, "shape": list(data.shape), "nbytes": data.nbytes})
            parts.append(data.tobytes())
            return {"$array": len(arrays) - 1}
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, dict):
            wrong = [key for key in value if not isinstance(key, str)]
            if wrong:
                raise TypeError(f"the keys of a dict must be texts, and {wrong[0]!r} is none")
            return {key: plain(member) for key, member in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(member) for member in value]
        if isinstance(value, float) and not np.isfinite(value):
            return {"$number": "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"}
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**53:
            raise TypeError(f"{value} is too large for a number; send it as a text")
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        raise TypeError(f"a {type(value).__name__} can't be sent; make it a NumPy array, a number or a text")

    header = json.dumps({**plain(message), "arrays": arrays}, allow_nan=False).encode()
    return b"".join([struct.pack("<I", len(header)), header, *parts])


def _read(stream, length):
    data = bytearray()
    while len(data) < length:
        piece = stream.read(length - len(data))
        if not piece:
            return None
        data += piece
    return data


def _received(stream):
    start = _read(stream, 4)
    if start is None:
        return None
    header = json.loads(_read(stream, struct.unpack("<I", start)[0]))
    arrays = [
        np.frombuffer(_read(stream, of["nbytes"]), np.dtype(of["dtype"])).reshape(of["shape"])
        if of["nbytes"]
        else np.zeros(of["shape"], np.dtype(of["dtype"]))
        for of in header["arrays"]
    ]

    def revived(value):
        if isinstance(value, list):
            return [revived(member) for member in value]
        if not isinstance(value, dict):
            return value
        if "$array" in value:
            return arrays[value["$array"]]
        if "$number" in value:
            return float(value["$number"].replace("Infinity", "inf"))
        return {key: revived(member) for key, member in value.items()}

    return revived(header)


def _spent():
    """CPU seconds and peak memory, with those of processes that it has started."""
    try:
        import resource
    except ImportError:  # not on Windows
        return {"cpuSeconds": time.process_time(), "peakRssBytes": 0}
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "cpuSeconds": own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime,
        "peakRssBytes": max(own.ru_maxrss, others.ru_maxrss) * unit,
    }


class _Service:
    def __init__(self, method):
        self.method = method
        self.learner = None
        self.context = None
        self.columns = 0

    def describe(self):
        method = self.method
        hooks = [name for name in ("settle", "chosen") if callable(getattr(method, name, None))]
        folder = os.path.dirname(os.path.realpath(sys.argv[0]))
        files = {os.path.realpath(sys.argv[0]), os.path.realpath(__file__)}
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            # The method's own modules lie beside it; packages are no code of the method's.
            if path and os.path.realpath(path).startswith(folder + os.sep) and "site-packages" not in path:
                files.add(os.path.realpath(path))
        return {
            "protocol": 1,
            "name": method.name,
            "summary": method.summary,
            "source": method.source,
            "needs": method.needs,
            **({"role": method.role} if method.role else {}),
            "classifiers": method.classifiers,
            "options": method.options,
            "operations": "declared" if method.counts else "unknown",
            "hooks": hooks,
            "answersWithin": method.answers_within,
            "files": sorted(files),
        }

    def start(self, **given):
        self.context = Context(**given)
        self.learner = self.method(self.context)

    def newClasses(self, classes):
        self.columns += len(classes)
        self.learner.new_classes(classes)

    def stages(self, task):
        return self.learner.stages(task)

    def step(self, stage, place, **batch):
        return self.learner.step(stage, Images(**batch) if batch else None, place)

    def check(self, stage, **batch):
        self.learner.check(stage, Images(**batch))

    def flat(self, stage):
        return bool(self.learner.flat(stage))

    def settle(self):
        self.learner.settle()

    def chosen(self):
        return self.learner.chosen()

    def predict(self, length, **of):
        if length == 0 or self.columns == 0:  # there is nothing to say
            return {name: np.zeros((length, self.columns), np.float32) for name in self.method.classifiers}
        if not self.method.one_by_one:
            return self._scores(Images(length, **of), length)
        each = [
            self._scores(Images(1, **{name: rows[i : i + 1] for name, rows in of.items()}), 1) for i in range(length)
        ]
        return {name: np.concatenate([scores[name] for scores in each]) for name in self.method.classifiers}

    def _scores(self, images, length):
        scores = self.learner.predict(images)
        wrong = sorted(set(self.method.classifiers) ^ set(scores))
        if wrong:
            raise ValueError(f"predict must give the classifiers {list(self.method.classifiers)}; {wrong} differ")
        given = {name: np.asarray(of, np.float32) for name, of in scores.items()}
        for name, of in given.items():
            if of.ndim != 2 or of.shape[0] != length:
                raise ValueError(f"{name}: the scores of {length} images are of shape {of.shape}")
        return given

    def save(self):
        return self.learner.save()

    def load(self, state):
        self.learner.load(state)

    questions = {
        *("describe", "start", "newClasses", "stages", "step", "check", "flat"),
        *("settle", "chosen", "predict", "save", "load"),
    }

    def answer(self, message):
        reply = {"jsonrpc": "2.0", "id": message["id"]}
        try:
            if message["method"] not in self.questions:
                raise ValueError(f"there is no question {message['method']}")
            reply["result"] = getattr(self, message["method"])(**message["params"])
            if self.context is not None:
                if self.method.counts:
                    reply["operations"], self.context._operations = self.context._operations, 0
                if self.context._trains is not None:
                    reply["trains"], self.context._trains = self.context._trains, None
            return _encoded({**reply, "usage": _spent()})
        except Exception as error:
            text = {"code": -32000, "message": f"{type(error).__name__}: {error}", "data": traceback.format_exc()}
            return _encoded({"jsonrpc": "2.0", "id": message["id"], "error": text, "usage": _spent()})


def serve(method):
    """Answers until nobody asks any more. From here on `print` writes to stderr, since stdout is the protocol's."""
    wire = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    questions = os.fdopen(os.dup(0), "rb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    # Who asks decides when to stop: the state must be saved first. We end when the questions do.
    for name in ("SIGINT", "SIGTERM", "SIGUSR1"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    service = _Service(method)
    while True:
        message = _received(questions)
        if message is None:
            return
        wire.write(service.answer(message))
        wire.flush()
        sys.stdout.flush()
