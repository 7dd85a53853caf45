import type * as z from 'zod/mini';
import { containerParams, execParams } from './requests.ts';

/** The parameters of requests that start processes, for those who read them on their own. */
export const ExecParams = execParams();
export type ExecParams = z.infer<typeof ExecParams>;

export const ContainerParams = containerParams();
export type ContainerParams = z.infer<typeof ContainerParams>;
