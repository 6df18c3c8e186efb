/** The banner that says of what the result is not the whole truth. */
import type { Mark } from "./api";
import { optional, t } from "./i18n";
import { Partial } from "./icons";

export function Marks({ marks }: { marks: Mark[] }) {
  return (
    <aside class="marks" aria-label={t("marks.title")}>
      <Partial />
      <div>
        <h3>{t("marks.title")}</h3>
        <p>{t("marks.lead")}</p>
        <ul>
          {marks.map((mark) => (
            <li key={`${mark.resource} ${mark.operator}`}>
              <code>{t("marks.item", { resource: mark.resource, operator: optional(`operator.${mark.operator}`) ?? mark.operator })}</code>{" "}
              <span>{mark.condition ? t("marks.rows", { condition: mark.condition }) : mark.reason}</span>
            </li>
          ))}
        </ul>
      </div>
    </aside>
  );
}
