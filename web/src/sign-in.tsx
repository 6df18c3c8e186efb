/** Signing in with a key. */
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "./i18n";
import { Logo } from "./icons";
import { Problem } from "./problem";
import { ProblemBox } from "./problem-box";
import { signIn } from "./session";
import { Preferences } from "./top-bar";

export function SignIn({ ended, problem: first }: { ended: boolean; problem: Problem | undefined }) {
  const [key, setKey] = useState("");
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(first);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    if (input.current) input.current.type = shown ? "text" : "password";
  }, [shown]);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(key.trim());
    } catch (error) {
      setProblem(Problem.of(error));
      setBusy(false);
      input.current?.select();
    }
  };
  return (
    <div class="signin">
      <header class="signin-bar">
        <Preferences />
      </header>
      <main class="signin-card">
        <div class="signin-brand">
          <Logo />
          <div>
            <strong>fedquery</strong>
            <span>{t("app.subtitle")}</span>
          </div>
        </div>
        <p class="lead">{t("signin.lead")}</p>
        {ended && !problem && (
          <p class="notice" role="status">
            {t("signin.ended")}
          </p>
        )}
        <form onSubmit={submit}>
          <h1>{t("signin.title")}</h1>
          <label for="key">{t("signin.key")}</label>
          <input
            id="key"
            ref={input}
            name="key"
            type="password"
            value={key}
            autocomplete="current-password"
            spellcheck={false}
            required
            aria-describedby="key-help"
            onInput={(event) => setKey(event.currentTarget.value)}
          />
          <p id="key-help" class="quiet">
            {t("signin.key.help")}
          </p>
          <label class="check">
            <input type="checkbox" checked={shown} onChange={(event) => setShown(event.currentTarget.checked)} />
            {t("signin.show")}
          </label>
          <button class="primary" type="submit" disabled={busy}>
            {busy ? t("signin.busy") : t("signin.submit")}
          </button>
        </form>
        {problem && <ProblemBox problem={problem} />}
      </main>
    </div>
  );
}
