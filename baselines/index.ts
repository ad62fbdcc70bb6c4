import type { Method } from 'streambed'

/** A published method on the shelf: what `list methods` prints, and how to get the rest when it is needed. */
export interface Baseline {
  readonly name: string
  readonly summary: string
  load(): Promise<Method>
  /** URL of its one file, whose import closure identifies it. */
  readonly module: string
}

/** In the order of a table: floors, statistics on frozen embeddings, heads, the ceiling. */
export const baselines: readonly Baseline[] = [
  {
    name: 'chance',
    summary: 'floor: a class seen so far, by lot',
    load: async () => (await import('./chance.ts')).chance,
    module: beside('chance'),
  },
  {
    name: 'majority',
    summary: 'floor: the most frequent class so far',
    load: async () => (await import('./majority.ts')).majority,
    module: beside('majority'),
  },
  {
    name: 'nmc',
    summary: 'nearest class mean of unit-length embeddings',
    load: async () => (await import('./nmc.ts')).nmc,
    module: beside('nmc'),
  },
  {
    name: 'simplecil',
    summary: 'cosine to the class means of raw embeddings',
    load: async () => (await import('./simplecil.ts')).simplecil,
    module: beside('simplecil'),
  },
  {
    name: 'knn',
    summary: 'vote of the nearest stored embeddings',
    load: async () => (await import('./knn.ts')).knn,
    module: beside('knn'),
  },
  {
    name: 'slda',
    summary: 'streaming linear discriminant analysis on embeddings',
    load: async () => (await import('./slda.ts')).slda,
    module: beside('slda'),
  },
  {
    name: 'fecam',
    summary: 'nearest class mean by the Mahalanobis distance of each class',
    load: async () => (await import('./fecam.ts')).fecam,
    module: beside('fecam'),
  },
  {
    name: 'ridge',
    summary: 'streaming ridge regression on embeddings',
    load: async () => (await import('./ridge.ts')).ridge,
    module: beside('ridge'),
  },
  {
    name: 'ranpac',
    summary: 'ridge regression on random features of embeddings; phase 1: none',
    load: async () => (await import('./ranpac.ts')).ranpac,
    module: beside('ranpac'),
  },
  {
    name: 'naive',
    summary: 'the whole network trained on each task in turn',
    load: async () => (await import('./naive.ts')).naive,
    module: beside('naive'),
  },
  {
    name: 'naive.head',
    summary: 'a linear head trained on each task in turn',
    load: async () => (await import('./naive.head.ts')).naiveHead,
    module: beside('naive.head'),
  },
  {
    name: 'linear-probe',
    summary: 'a linear head on the network as it came, trained on each task in turn',
    load: async () => (await import('./linear-probe.ts')).linearProbe,
    module: beside('linear-probe'),
  },
  {
    name: 'er',
    summary: 'the whole network with experience replay of stored pictures',
    load: async () => (await import('./er.ts')).er,
    module: beside('er'),
  },
  {
    name: 'er.head',
    summary: 'a linear head with experience replay of stored embeddings',
    load: async () => (await import('./er.head.ts')).erHead,
    module: beside('er.head'),
  },
  {
    name: 'er.herding',
    summary: 'the whole network with replay of herded pictures',
    load: async () => (await import('./er.herding.ts')).erHerding,
    module: beside('er.herding'),
  },
  {
    name: 'der',
    summary: 'the whole network held to scores stored with replayed pictures',
    load: async () => (await import('./der.ts')).der,
    module: beside('der'),
  },
  {
    name: 'der.head',
    summary: 'a linear head held to scores stored with replayed embeddings',
    load: async () => (await import('./der.head.ts')).derHead,
    module: beside('der.head'),
  },
  {
    name: 'der++',
    summary: 'the whole network held to stored scores and labels of replayed pictures',
    load: async () => (await import('./der-plus-plus.ts')).derPlusPlus,
    module: beside('der-plus-plus'),
  },
  {
    name: 'der++.head',
    summary: 'a linear head held to stored scores and labels of replayed embeddings',
    load: async () => (await import('./der-plus-plus.head.ts')).derPlusPlusHead,
    module: beside('der-plus-plus.head'),
  },
  {
    name: 'gem',
    summary: 'the whole network, no step against the gradient of an earlier task’s memory',
    load: async () => (await import('./gem.ts')).gem,
    module: beside('gem'),
  },
  {
    name: 'gem.head',
    summary: 'a linear head, no step against the gradient of an earlier task’s embeddings',
    load: async () => (await import('./gem.head.ts')).gemHead,
    module: beside('gem.head'),
  },
  {
    name: 'agem',
    summary: 'the whole network, no step against the gradient of a draw from memory',
    load: async () => (await import('./agem.ts')).agem,
    module: beside('agem'),
  },
  {
    name: 'agem.head',
    summary: 'a linear head, no step against the gradient of a draw of embeddings',
    load: async () => (await import('./agem.head.ts')).agemHead,
    module: beside('agem.head'),
  },
  {
    name: 'gdumb',
    summary: 'the whole network trained anew after each task on a balanced buffer alone',
    load: async () => (await import('./gdumb.ts')).gdumb,
    module: beside('gdumb'),
  },
  {
    name: 'gdumb.head',
    summary: 'a linear head trained anew after each task on a balanced buffer of embeddings',
    load: async () => (await import('./gdumb.head.ts')).gdumbHead,
    module: beside('gdumb.head'),
  },
  {
    name: 'ewc',
    summary: 'the whole network, its weights held by how much they mattered to earlier tasks',
    load: async () => (await import('./ewc.ts')).ewc,
    module: beside('ewc'),
  },
  {
    name: 'ewc.head',
    summary: 'a linear head, its weights held by how much they mattered to earlier tasks',
    load: async () => (await import('./ewc.head.ts')).ewcHead,
    module: beside('ewc.head'),
  },
  {
    name: 'si',
    summary: 'the whole network, its weights held by what each did for the loss',
    load: async () => (await import('./si.ts')).si,
    module: beside('si'),
  },
  {
    name: 'si.head',
    summary: 'a linear head, its weights held by what each did for the loss',
    load: async () => (await import('./si.head.ts')).siHead,
    module: beside('si.head'),
  },
  {
    name: 'lwf.local',
    summary: 'the whole network, distilled from itself before the task; cross-entropy over new classes',
    load: async () => (await import('./lwf.local.ts')).lwfLocal,
    module: beside('lwf.local'),
  },
  {
    name: 'lwf.global',
    summary: 'the whole network, distilled from itself before the task; cross-entropy over all classes',
    load: async () => (await import('./lwf.global.ts')).lwfGlobal,
    module: beside('lwf.global'),
  },
  {
    name: 'lwf.global.head',
    summary: 'a linear head, distilled from itself before the task; cross-entropy over all classes',
    load: async () => (await import('./lwf.global.head.ts')).lwfGlobalHead,
    module: beside('lwf.global.head'),
  },
  {
    name: 'icarl',
    summary: 'the whole network with distillation and herded exemplars, and their nearest mean',
    load: async () => (await import('./icarl.ts')).icarl,
    module: beside('icarl'),
  },
  {
    name: 'icarl.head',
    summary: 'a linear head with distillation and herded embeddings, and their nearest mean',
    load: async () => (await import('./icarl.head.ts')).icarlHead,
    module: beside('icarl.head'),
  },
  {
    name: 'ewc-clofai',
    summary: 'ewc as CLOFAI’s authors have it: importance of the batch at hand, not of earlier tasks',
    load: async () => (await import('./ewc-clofai.ts')).ewcClofai,
    module: beside('ewc-clofai'),
  },
  {
    name: 'aper.finetune',
    summary: 'fine-tuned on the first task, then class means of features before and after',
    load: async () => (await import('./aper.finetune.ts')).aperFinetune,
    module: beside('aper.finetune'),
  },
  {
    name: 'aper.adapter',
    summary: 'adapters learned on the first task, then class means of features before and after',
    load: async () => (await import('./aper.adapter.ts')).aperAdapter,
    module: beside('aper.adapter'),
  },
  {
    name: 'aper.vpt-shallow',
    summary: 'prompts learned on the first task, then class means of features before and after',
    load: async () => (await import('./aper.vpt-shallow.ts')).aperVptShallow,
    module: beside('aper.vpt-shallow'),
  },
  {
    name: 'aper.vpt-deep',
    summary: 'prompts of each block learned on the first task, then class means of features before and after',
    load: async () => (await import('./aper.vpt-deep.ts')).aperVptDeep,
    module: beside('aper.vpt-deep'),
  },
  {
    name: 'aper.ssf',
    summary: 'scales and shifts learned on the first task, then class means of features before and after',
    load: async () => (await import('./aper.ssf.ts')).aperSsf,
    module: beside('aper.ssf'),
  },
  {
    name: 'aper.bn',
    summary: 'running statistics taken anew on the first task, then class means of features before and after',
    load: async () => (await import('./aper.bn.ts')).aperBn,
    module: beside('aper.bn'),
  },
  {
    name: 'ranpac.adapted',
    summary: 'ridge regression on random features of a backbone adapted to the first task',
    load: async () => (await import('./ranpac.adapted.ts')).ranpacAdapted,
    module: beside('ranpac.adapted'),
  },
  {
    name: 'l2p',
    summary: 'a frozen backbone, prompts from a pool of them chosen by each image',
    load: async () => (await import('./l2p.ts')).l2p,
    module: beside('l2p'),
  },
  {
    name: 'dualprompt',
    summary: 'a frozen backbone, a general prompt and an expert prompt of each task',
    load: async () => (await import('./dualprompt.ts')).dualprompt,
    module: beside('dualprompt'),
  },
  {
    name: 'coda-prompt',
    summary: 'a frozen backbone, prompts summed of components as each image weighs them',
    load: async () => (await import('./coda-prompt.ts')).codaPrompt,
    module: beside('coda-prompt'),
  },
  {
    name: 'slca',
    summary: 'the whole network trained slowly, its head aligned on drawn features',
    load: async () => (await import('./slca.ts')).slca,
    module: beside('slca'),
  },
  {
    name: 'slca++',
    summary: 'LoRA, biases and norms trained slowly, the head aligned on drawn features',
    load: async () => (await import('./slca-plus-plus.ts')).slcaPlusPlus,
    module: beside('slca-plus-plus'),
  },
  {
    name: 'slca.head',
    summary: 'a linear head trained on each task in turn, aligned on drawn embeddings',
    load: async () => (await import('./slca.head.ts')).slcaHead,
    module: beside('slca.head'),
  },
  {
    name: 'joint.head',
    summary: 'ceiling: a linear head trained on all tasks at once',
    load: async () => (await import('./joint.head.ts')).jointHead,
    module: beside('joint.head'),
  },
  {
    name: 'cumulative.head',
    summary: 'ceiling: a linear head trained on all tasks so far',
    load: async () => (await import('./cumulative.head.ts')).cumulativeHead,
    module: beside('cumulative.head'),
  },
  {
    name: 'cumulative',
    summary: 'ceiling: the whole network trained on all tasks so far',
    load: async () => (await import('./cumulative.ts')).cumulative,
    module: beside('cumulative'),
  },
  {
    name: 'joint',
    summary: 'ceiling: the whole network trained on all tasks at once',
    load: async () => (await import('./joint.ts')).joint,
    module: beside('joint'),
  },
]

/** A neighbour of this file, compiled or not as this file is. */
function beside(name: string): string {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
  return new URL(`${name}${extension}`, import.meta.url).href
}
