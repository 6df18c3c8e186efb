/** The bar: whose page this is, under which grant, in which language and light. */
import { locale, pick, t, type Key } from "./i18n";
import { Logo, Menu } from "./icons";
import { account, grantId, grants, signOut, validity } from "./session";
import { THEMES, theme, type Theme } from "./theme";
import { directoryOpen, helpOpen } from "./view";

export function TopBar() {
  const open = directoryOpen.value;
  return (
    <header class="bar">
      <button
        type="button"
        class="quiet narrow-only"
        aria-expanded={open}
        aria-controls="directory"
        onClick={() => (directoryOpen.value = !open)}
      >
        <Menu />
        {t("top.directory.show")}
      </button>
      <div class="brand">
        <Logo />
        <strong>fedquery</strong>
        <span class="wide-only">{t("app.subtitle")}</span>
      </div>
      <GrantChoice />
      <div class="bar-end">
        <Preferences />
        <Whoami />
        <button type="button" class="quiet" onClick={() => void signOut()}>
          {t("top.signout")}
        </button>
      </div>
    </header>
  );
}

function GrantChoice() {
  if (grants.value.length === 0) return null;
  return (
    <label class="grant-choice">
      <span>{t("grant.label")}</span>
      <select value={grantId.value} onChange={(event) => (grantId.value = event.currentTarget.value)}>
        {grants.value.map((grant) => {
          const { state } = validity(grant);
          const note = state === "valid" ? "" : ` (${t(`grant.${state}` as Key)})`;
          return (
            <option key={grant.id} value={grant.id} selected={grant.id === grantId.value}>
              {pick(grant.title)}
              {note}
            </option>
          );
        })}
      </select>
    </label>
  );
}

function Whoami() {
  const who = account.value;
  if (!who) return null;
  return (
    <span class="whoami" title={`${t("top.account")}: ${who.id}`}>
      <strong>{pick(who.name)}</strong>
      <span>{pick(who.department_name)}</span>
    </span>
  );
}

/** Language, light, and help: there before signing in, too. */
export function Preferences() {
  const other = locale.value === "en" ? "zh-CN" : "en";
  return (
    <>
      <button type="button" class="quiet" lang={other} aria-label={t("top.language.label")} onClick={() => (locale.value = other)}>
        {t("top.language")}
      </button>
      <label class="theme-choice">
        <span class="hidden">{t("top.theme")}</span>
        <select value={theme.value} onChange={(event) => (theme.value = event.currentTarget.value as Theme)}>
          {THEMES.map((one) => (
            <option key={one} value={one} selected={one === theme.value}>
              {t(`top.theme.${one}` as Key)}
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="quiet" aria-label={t("top.help")} title={t("top.help")} onClick={() => (helpOpen.value = true)}>
        ?
      </button>
    </>
  );
}
