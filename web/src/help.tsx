/** The keys of the page, and what the forms of a column mean. */
import { useEffect, useRef } from "preact/hooks";
import { FormBadge } from "./form-badge";
import { t, type Key } from "./i18n";
import { helpOpen } from "./view";

const apple = /Mac|iPhone|iPad/.test(navigator.platform);
export const RUN_KEY = apple ? "⌘ Enter" : "Ctrl Enter";

const KEYS: [string, Key][] = [
  [RUN_KEY, "help.run"],
  ["Esc", "help.cancel"],
  ["Ctrl Space", "help.complete"],
  ["Tab", "help.tab"],
  ["↑ ↓ ← →", "help.scroll"],
  ["?", "help.help"],
];
const FORMS: [string, Key][] = [
  ["clear", "form.clear.why"],
  ["mask", "form.mask.why"],
  ["token", "form.token.why"],
  ["join", "form.join.why"],
];

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = helpOpen.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class="help"
      aria-labelledby="help-title"
      onClose={() => (helpOpen.value = false)}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="help-inside">
        <h2 id="help-title">{t("help.title")}</h2>
        <dl class="keys">
          {KEYS.map(([key, meaning]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{t(meaning)}</dd>
            </div>
          ))}
        </dl>
        <h3>{t("help.forms")}</h3>
        <dl class="keys">
          {FORMS.map(([form, meaning]) => (
            <div key={form}>
              <dt>
                <FormBadge form={form} />
              </dt>
              <dd>{t(meaning)}</dd>
            </div>
          ))}
        </dl>
        <button type="button" class="primary" onClick={() => dialog.current?.close()}>
          {t("help.close")}
        </button>
      </div>
    </dialog>
  );
}
