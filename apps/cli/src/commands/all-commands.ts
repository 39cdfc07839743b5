import type { Command } from "../command.ts";
import { agent } from "./agent.ts";
import { completion } from "./completion.ts";
import { configShow } from "./config.ts";
import { envConform } from "./conform.ts";
import { doctor } from "./doctor.ts";
import { envDecode, envInspect, envLs } from "./env.ts";
import { events } from "./events.ts";
import { evmBench } from "./evm-bench.ts";
import { evmDiff } from "./evm-diff.ts";
import { evmRun } from "./evm-run.ts";
import { evmStatetest } from "./evm-statetest.ts";
import { evmT8n } from "./evm-t8n.ts";
import { imageLoad, imageLs, imagePull, imageRm } from "./image.ts";
import { journal } from "./journal.ts";
import { keysCreate, keysLs, keysRevoke } from "./keys.ts";
import {
  ledgerCreate,
  ledgerExport,
  ledgerGet,
  ledgerImport,
  ledgerLs,
  ledgerRollback,
} from "./ledger.ts";
import { ledgerBatch, ledgerReceipts, ledgerState, ledgerSubmit } from "./ledger-batches.ts";
import {
  machineCreate,
  machineFork,
  machineGet,
  machineLs,
  machinePause,
  machineResume,
  machineRm,
  machineStop,
} from "./machine.ts";
import { machineCp, machineExec, machineShell } from "./machine-inside.ts";
import {
  machineLogs,
  machineNetwork,
  machinePort,
  machineSnapshot,
  machineSnapshots,
  machineTop,
} from "./machine-story.ts";
import { nodeDrain, nodeGet, nodeLs, nodeUndrain } from "./node.ts";
import { projectsLs, projectsPut } from "./projects.ts";
import { providerConform } from "./provider-conform.ts";
import { providerCopy } from "./provider-copy.ts";
import { providerLs } from "./provider-ls.ts";
import { releasesLs, releasesRegister, releasesRetire } from "./releases.ts";
import { run } from "./run.ts";
import { runsCancel, runsGet, runsLogs, runsLs, runsReplay } from "./runs.ts";
import { slotsBind, slotsPolicy, slotsSwap, slotsUnbind } from "./slots.ts";
import { templateBuild, templateGet, templateLogs, templateLs, templateRm } from "./template.ts";
import { up } from "./up.ts";
import { volumeCreate, volumeGet, volumeLs, volumeRm } from "./volume.ts";
import {
  webhookAdd,
  webhookDeliveries,
  webhookLs,
  webhookRedeliver,
  webhookRm,
  webhookRotate,
} from "./webhook.ts";

/** Every command, in the order of the help. */
export const allCommands: readonly Command[] = [
  run,
  up,
  agent,
  envLs,
  envInspect,
  envConform,
  envDecode,
  runsLs,
  runsGet,
  runsLogs,
  runsCancel,
  runsReplay,
  machineCreate,
  machineLs,
  machineGet,
  machineExec,
  machineShell,
  machineCp,
  machineLogs,
  machineTop,
  machinePause,
  machineResume,
  machineStop,
  machineSnapshot,
  machineSnapshots,
  machineFork,
  machinePort,
  machineNetwork,
  machineRm,
  volumeCreate,
  volumeLs,
  volumeGet,
  volumeRm,
  nodeLs,
  nodeGet,
  nodeDrain,
  nodeUndrain,
  events,
  webhookAdd,
  webhookLs,
  webhookRotate,
  webhookDeliveries,
  webhookRedeliver,
  webhookRm,
  evmBench,
  evmDiff,
  ledgerCreate,
  ledgerLs,
  ledgerGet,
  ledgerSubmit,
  ledgerBatch,
  ledgerReceipts,
  ledgerState,
  ledgerRollback,
  ledgerExport,
  ledgerImport,
  evmRun,
  evmStatetest,
  evmT8n,
  templateBuild,
  templateLs,
  templateGet,
  templateLogs,
  templateRm,
  imagePull,
  imageLoad,
  imageLs,
  imageRm,
  slotsBind,
  slotsSwap,
  slotsUnbind,
  slotsPolicy,
  releasesLs,
  releasesRegister,
  releasesRetire,
  journal,
  projectsLs,
  projectsPut,
  keysLs,
  keysCreate,
  keysRevoke,
  providerLs,
  providerConform,
  providerCopy,
  configShow,
  doctor,
];

/** Every command with the ones that are about commands. */
export const commands: readonly Command[] = [...allCommands, completion(allCommands)];
