import type { ImageConfig } from '../../image-config.ts';
import type { LaunchConfig } from '../../launch-config.ts';

const prefix = 'org.opencontainers.image';

/** Where a container's configuration says how it wants to be stopped (image-spec, conversion.md). */
export const stopSignalAnnotation = `${prefix}.stopSignal`;

/**
 * The annotations of a container by the image spec's rules (conversion.md): what follows from the image's fields, over
 * it the image's labels, over those what was asked for. Pure.
 */
export function composeAnnotations(image: ImageConfig, launch: LaunchConfig): Record<string, string> {
  const { config } = image;
  const ports = Object.keys(config?.ExposedPorts ?? {});
  const implied: [name: string, value: string | null | undefined][] = [
    [`${prefix}.os`, image.os],
    [`${prefix}.architecture`, image.architecture],
    [`${prefix}.variant`, image.variant],
    [`${prefix}.os.version`, image['os.version']],
    [`${prefix}.os.features`, image['os.features']?.join(',')],
    [`${prefix}.author`, image.author],
    [`${prefix}.created`, image.created],
    [stopSignalAnnotation, config?.StopSignal],
    [`${prefix}.exposedPorts`, ports.join(',')],
  ];
  const annotations = new Map<string, string>();
  for (const [name, value] of implied) {
    if (typeof value === 'string' && value !== '') annotations.set(name, value);
  }
  for (const [name, value] of Object.entries(config?.Labels ?? {})) annotations.set(name, value);
  if (launch.process.stopSignal !== undefined) {
    annotations.set(stopSignalAnnotation, launch.process.stopSignal);
  }
  for (const [name, value] of Object.entries(launch.container?.annotations ?? {})) {
    annotations.set(name, value);
  }
  return Object.fromEntries(annotations);
}
