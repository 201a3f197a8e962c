// The parts of the closer look that are loaded when they are opened, so that the first view stays small.
export { alarmTab } from './alarm';
export { chainsTab } from './chains';
export { delaysTab } from './delays';
export { pyramidTab } from './pyramid';
export { importsTab, qualityTab } from './quality';
export { stockTab } from './stock';
export { tracingTab } from './tracing';
