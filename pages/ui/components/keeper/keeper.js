// A session cookie. Where cookies are forbidden nothing is kept, and nothing else is amiss.

export default function ({ data }) {
  const end = data.text ? "" : "; Max-Age=0";
  const secure = location.protocol === "https:" ? "; Secure" : "";
  try {
    document.cookie = `${data.name}=${data.text}; Path=/; SameSite=Lax${end}${secure}`;
  } catch {
    // a sandboxed frame has no cookies
  }
}
