/** How configuration files are read. */

/** `yaml` reads JSON too. */
export type ConfigFormat = 'xml' | 'yaml';

export interface ConfigFileOptions {
  /** Default: by the name of the file. */
  readonly format?: ConfigFormat;
  /** What `${NAME}` stands for. Default the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Stores and factories by the name that the file gives for them, such as `com.example.PersonStore` of a `<class-name>`. Other names are taken for
   * modules, `path#export`. Default none.
   */
  readonly classes?: Readonly<Record<string, unknown>>;
}
