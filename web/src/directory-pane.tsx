/** The left side: the grant in words, and the directory as that grant shows it. */
import { useState } from "preact/hooks";
import { searchDirectory, type DirectoryColumn, type DirectoryDepartment, type DirectoryResource } from "./directory";
import { insert } from "./editor";
import { FormBadge } from "./form-badge";
import { formReason } from "./forms";
import { day, optional, pick, t } from "./i18n";
import { Chevron, Close, Search } from "./icons";
import { ProblemBox } from "./problem-box";
import { departments, directoryProblem, grant, loadDirectory, validity } from "./session";
import { directoryOpen } from "./view";

export function DirectoryPane() {
  return (
    <aside id="directory" class="directory" aria-label={t("directory.title")}>
      <button type="button" class="narrow-only" onClick={() => (directoryOpen.value = false)}>
        <Close />
        {t("top.directory.hide")}
      </button>
      <GrantCard />
      <Tree />
    </aside>
  );
}

function GrantCard() {
  const one = grant.value;
  if (!one) return <p class="notice">{t("grant.none")}</p>;
  const { state, days } = validity(one);
  const left =
    state === "expired" ? t("grant.expired") : state === "future" ? t("grant.future") : days === 0 ? t("grant.lastday") : t("grant.days", { days });
  const facts: [string, string][] = [
    [t("grant.purpose"), one.purpose],
    [t("grant.basis"), pick(one.legal_basis)],
    [t("grant.scenario"), pick(one.scenario)],
    [t("grant.scope"), pick(one.scope)],
  ];
  return (
    <section class="grant" aria-label={t("grant.label")}>
      <h2>{pick(one.title)}</h2>
      <dl>
        {facts.map(([term, meaning]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
        <div>
          <dt>{t("grant.expiry")}</dt>
          <dd>
            {day(one.valid_to)} <span class={state === "valid" && days > 30 ? "quiet" : "soon"}>· {left}</span>
          </dd>
        </div>
      </dl>
    </section>
  );
}

function Tree() {
  const [query, setQuery] = useState("");
  const [onlyGranted, setOnlyGranted] = useState(true);
  if (directoryProblem.value) {
    return (
      <ProblemBox problem={directoryProblem.value}>
        <button type="button" onClick={() => void loadDirectory()}>
          {t("problem.again")}
        </button>
      </ProblemBox>
    );
  }
  if (!departments.value) return <p class="quiet">{t("directory.loading")}</p>;
  const found = searchDirectory(departments.value, query, onlyGranted);
  return (
    <section class="tree" aria-label={t("directory.title")}>
      <div class="tree-head">
        <h2>{t("directory.title")}</h2>
        <label class="check">
          <input type="checkbox" checked={onlyGranted} onChange={(event) => setOnlyGranted(event.currentTarget.checked)} />
          {t("directory.onlygranted")}
        </label>
      </div>
      <label class="search">
        <Search />
        <span class="hidden">{t("directory.search")}</span>
        <input
          type="search"
          value={query}
          placeholder={t("directory.search.hint")}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
      </label>
      {found.length === 0 && (
        <p class="quiet" role="status">
          {query ? t("directory.nothing", { query }) : t("directory.empty")}
        </p>
      )}
      {found.map((department) => (
        <Department key={department.id} department={department} searching={query !== ""} />
      ))}
    </section>
  );
}

function Department({ department, searching }: { department: DirectoryDepartment; searching: boolean }) {
  return (
    <section class="department" aria-labelledby={`department-${department.id}`}>
      <h3 id={`department-${department.id}`}>
        {pick(department.title)} <code>{department.id}</code>
      </h3>
      <ul>
        {department.resources.map((resource) => (
          <Resource key={resource.name} resource={resource} searching={searching} />
        ))}
      </ul>
    </section>
  );
}

function Resource({ resource, searching }: { resource: DirectoryResource; searching: boolean }) {
  const [opened, setOpened] = useState<boolean>();
  const open = opened ?? searching;
  const id = `columns-${resource.name}`;
  return (
    <li class={resource.granted ? "resource" : "resource not-granted"}>
      <div class="resource-head">
        <button
          type="button"
          class="twist"
          aria-expanded={open}
          aria-controls={id}
          aria-label={`${pick(resource.title)}: ${t("directory.columns", { count: resource.columns.length })}`}
          onClick={() => setOpened(!open)}
        >
          <Chevron />
        </button>
        <Name name={resource.name} title={pick(resource.title)} />
        {!resource.granted && <span class="badge form-none">{t("directory.listed")}</span>}
      </div>
      {open && (
        <div id={id}>
          <p class="facts">
            {pick(resource.description)}
            <br />
            {t("directory.sharing")}: {optional(`sharing.${resource.sharing}`) ?? resource.sharing} · {t("directory.cycle")}:{" "}
            {optional(`cycle.${resource.cycle}`) ?? resource.cycle}
          </p>
          <ul class="columns">
            {resource.columns.map((column) => (
              <Column key={column.name} column={column} />
            ))}
          </ul>
        </div>
      )}
    </li>
  );
}

function Column({ column }: { column: DirectoryColumn }) {
  return (
    <li class={column.form === "none" ? "column not-granted" : "column"}>
      <Name name={column.name} title={pick(column.title)} />
      <span class="column-type">{column.type}</span>
      <FormBadge form={column.form} rules={column.rules} />
      {column.form !== "clear" && column.form !== "none" && <span class="why">{formReason(column.form, column.rules, column.uses)}</span>}
    </li>
  );
}

function Name({ name, title }: { name: string; title: string }) {
  const use = () => {
    directoryOpen.value = false;
    insert(name);
  };
  return (
    <button type="button" class="name" title={t("directory.insert", { name })} onClick={use}>
      <code>{name}</code> <span>{title}</span>
    </button>
  );
}
