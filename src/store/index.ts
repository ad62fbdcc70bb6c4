export type { Grid, GridCell } from './grid.ts'
export { openStore, type Store, type StoreContent } from './store.ts'
