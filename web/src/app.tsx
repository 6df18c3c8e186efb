/** The whole page: signing in, or the bar, the directory, the editor and the results. */
import { useEffect, useState } from "preact/hooks";
import { DirectoryPane } from "./directory-pane";
import { EditorPane, launch } from "./editor-pane";
import { Help } from "./help";
import { t } from "./i18n";
import { Logo } from "./icons";
import type { Problem } from "./problem";
import { ResultsPane } from "./results-pane";
import { cancel, forget, run } from "./run";
import { resume, sessionState } from "./session";
import { SignIn } from "./sign-in";
import { TopBar } from "./top-bar";
import { directoryOpen, helpOpen } from "./view";

export function App() {
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => void resume().then(setProblem), []);
  useEffect(() => {
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  const state = sessionState.value;
  useEffect(() => {
    if (state !== "in") forget();
  }, [state]);
  if (state === "starting") {
    return (
      <main class="starting" aria-busy="true">
        <Logo />
      </main>
    );
  }
  return (
    <>
      {state === "in" ? <Console /> : <SignIn ended={state === "ended"} problem={problem} />}
      <Help />
    </>
  );
}

function Console() {
  return (
    <div class="console" data-directory={directoryOpen.value ? "open" : "closed"}>
      <a class="skip" href="#editor">
        {t("app.skip")}
      </a>
      <TopBar />
      <DirectoryPane />
      <main class="work">
        <EditorPane />
        <ResultsPane />
      </main>
    </div>
  );
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented) return;
  const target = event.target as HTMLElement;
  const typing = target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
  if (event.key === "?" && !typing) {
    event.preventDefault();
    helpOpen.value = true;
  } else if (event.key === "Escape" && !helpOpen.value) {
    if (run.value?.state === "running") cancel();
    else directoryOpen.value = false;
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && sessionState.value === "in") {
    event.preventDefault();
    launch();
  }
}
