import type { RuntimeSpec } from '../../../protocol/oci/runtime-spec.ts';

/** How a container went: what it printed, or why it was not started. */
export type RunResult = { stdout: Buffer; stderr: Buffer; code: number } | { refusal: string };

/** A runtime that runs one container after another, each over the same root, of which it finds nothing changed. */
export interface ContainerRunner {
  /** Runs a container to its end. Placeholders of its hooks and binds are replaced by the runtime's own paths. */
  run(id: string, spec: RuntimeSpec, options?: { needsControllers?: boolean }): Promise<RunResult>;
}
