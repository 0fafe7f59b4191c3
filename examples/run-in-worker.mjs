// Runs an example in a thread of its own, with the built packages, and posts the digest of what happened.
import { parentPort, workerData } from 'node:worker_threads';
import { loadLab } from '@viplab/config';

const lab = await loadLab(workerData.path);
parentPort?.postMessage({ digest: lab.run().digest });
