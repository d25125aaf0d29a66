/** One HTTP request as a port: the runtime reports to a collector with it and speaks HTTP nowhere else. */
export type HttpPost = (
  url: string,
  options: { body: string; headers: Readonly<Record<string, string>>; signal: AbortSignal },
) => Promise<{ status: number }>;

export const createHttpPost = (): HttpPost => async (url, options) => {
  const response = await fetch(url, { method: "POST", redirect: "error", ...options });
  await response.body?.cancel();
  return { status: response.status };
};
