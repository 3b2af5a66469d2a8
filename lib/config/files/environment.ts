/** `${NAME}` and `${NAME:default}` in configuration files (M75). */

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const NAME = /^[A-Za-z_]\w*$/;

/**
 * The text with what the environment says in place of each reference; `$${` stands for `${`. What is put in is not looked at again. `note` hears of
 * references to nothing, and of those that are none.
 */
export function substitute(text: string, env: Readonly<Record<string, string | undefined>>, note: (message: string) => void): string {
  return text.replaceAll(REFERENCE, (whole, reference: string | undefined, end: string) => {
    if (reference === undefined) return '${';
    const colon = reference.indexOf(':');
    const name = (colon < 0 ? reference : reference.slice(0, colon)).trim();
    const wrong = end === '' ? 'does not end' : reference.includes('${') ? 'holds another reference' : '';
    if (wrong !== '' || !NAME.test(name)) {
      const what = wrong === '' ? 'names no environment variable' : wrong;
      note(`'${whole}' ${what}: write \${NAME} or \${NAME:default}, and $\${ for a plain \${`);
      return whole;
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value !== undefined) return value;
    if (colon >= 0) return reference.slice(colon + 1);
    note(`the environment variable ${name} is not set: set it, or write \${${name}:default}`);
    return whole;
  });
}
