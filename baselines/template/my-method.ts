import { concat, defineMethod, rateAt, reservoir, trained, training } from 'streambed'

/**
 * A method to begin with: every batch is learned beside a draw from a small memory of earlier pictures.
 *
 *   streambed verify FILE                             holds it against what every method must keep to
 *   streambed run suites/default.yaml --with FILE     puts it beside the methods of a suite
 *
 * The whole contract is on one page, baselines/README.md of the package. Change anything: a run's id counts the code.
 */
export const method = defineMethod({
  name: 'my-method',
  summary: 'the whole network, learning beside a small memory of earlier pictures',
  source: 'your paper, or none yet',

  // What it takes, held against every stream and backbone before anything runs. Say it truly: `verify` looks.
  // A gradient goes into the `backbone`, only into a `head` on stored embeddings, or there is `none`.
  needs: { gradients: 'backbone', memory: 'raw images' },

  // What `predict` gives. The first is the row of the table; logits and probabilities also give a p(true).
  classifiers: { head: 'logits' },

  // What a suite may set, each with its default. `training` are those of every method that trains by SGD:
  // learningRate, momentum, weightDecay, batch, epochs, schedule, view and more.
  options: { ...training, exemplars: 200, replay: 16 },

  // Called once a run. The parts made here are all that it remembers.
  start({ backbone, options, random }) {
    const { exemplars, replay } = options
    // A copy of the suite's backbone with a head on it, that learns by back-propagation through its own graph. `batch`
    // is the size of a usual step; every pass is counted.
    const network = trained(backbone, options, { batch: options.batch + replay })
    // `exemplars` pictures in all, each ever offered equally likely to be among them. Its chance is seeded by the run.
    const memory = reservoir(exemplars, backbone.rowSize, random('memory'))

    return {
      // Columns for classes that appear, before the task that brings them.
      newClasses: network.grow,

      // What happens to a task, in order. Streambed owns the loop over images and epochs, so a run can be stopped after
      // any step and resumed; `place` says where a step stands.
      stages: () => [
        {
          name: 'learn',
          over: { images: 'task', batch: options.batch, epochs: options.epochs },
          async step({ images, labels }, place) {
            // Handles become numbers here: one row an image, stored as it is and augmented when shown.
            const incoming = { rows: await backbone.rows(images), labels }
            const replayed = memory.draw(replay)
            const { rows, labels: all } = concat(incoming, replayed)
            // One step of SGD on the mean cross-entropy over all classes seen so far. This is the place for an idea.
            const { loss } = await network.step(
              { rows, targets: { targets: network.targets(all) } },
              { rate: rateAt(options, place) },
            )
            memory.offer(incoming.rows, incoming.labels)
            return { loss, replayed: replayed.labels.length }
          },
        },
      ],

      // [n × classes seen] for test images, without labels. Must change nothing, and judge each image by itself.
      predict: async (images) => ({ head: await network.scores(await backbone.rows(images)) }),

      // Everything that must survive from one step to the next; its bytes are the `State` of the table.
      parts: { network, memory },
    }
  },
})
