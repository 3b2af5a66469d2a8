/** `${NAME}` and `${NAME:default}` in configuration files (M75). */

const REFERENCE = /\$(\$?)\{([^}]*)\}/g;
const NAME = /^[A-Za-z_]\w*$/;

/**
 * The text with what the environment says in place of each reference; `$${` stands for `${`. What is put in is not looked at again. `note` hears of
 * references to nothing.
 */
export function substitute(text: string, env: Readonly<Record<string, string | undefined>>, note: (message: string) => void): string {
  return text.replaceAll(REFERENCE, (whole, escape: string, reference: string) => {
    if (escape !== '') return whole.slice(1);
    const colon = reference.indexOf(':');
    const name = (colon < 0 ? reference : reference.slice(0, colon)).trim();
    if (!NAME.test(name)) {
      note(`'${whole}' names no environment variable: write \${NAME} or \${NAME:default}`);
      return whole;
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value !== undefined) return value;
    if (colon >= 0) return reference.slice(colon + 1);
    note(`the environment variable ${name} is not set: set it, or write \${${name}:default}`);
    return whole;
  });
}
