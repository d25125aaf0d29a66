/** What of an operator's environment says where packages come from. Nothing else of it is handed on. */

export interface FetchSettings {
  /** What pip needs: its own settings, proxies, certificates, where Python lies. */
  pipEnv: Record<string, string>;
  /** A package index named by the operator; then Python is not needed. */
  indexUrl?: string;
}

const FOR_PIP =
  /^(?:PIP_.*|PATH|HOME|PYENV_.*|VIRTUAL_ENV|(?:https?|no|all)_proxy|SSL_CERT_(?:FILE|DIR)|LANG|TMPDIR)$/i;

export function fetchSettings(env: Readonly<Record<string, string | undefined>>): FetchSettings {
  const pipEnv = Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && FOR_PIP.test(entry[0]),
    ),
  );
  const indexUrl = env.PIP_INDEX_URL ?? env.UV_DEFAULT_INDEX ?? env.UV_INDEX_URL;
  return { pipEnv, ...(indexUrl === undefined ? {} : { indexUrl }) };
}
