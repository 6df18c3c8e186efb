/** The plan drawn from left to right: departments, the gateway, the answer. The table beside it says the same in words. */
import type { Explanation, Fragment } from "./api";
import { departmentName } from "./explain-view";
import { list, t } from "./i18n";

const BOX = { width: 270, height: 92, gap: 16 };
const JOIN = { width: 190, height: 80 };
const LANE = 90;
const EDGE = 2;

const canvas = document.createElement("canvas").getContext("2d");

/** The text as far as it fits into so many pixels. */
function fitted(text: string, width: number, font: string): string {
  if (!canvas) return text;
  canvas.font = font;
  if (canvas.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && canvas.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}

const FONTS = { strong: "600 15px system-ui, sans-serif", small: "12.5px system-ui, sans-serif" };

export function Picture({ explanation }: { explanation: Explanation }) {
  const { fragments, columns, marks, handed_on } = explanation;
  const height = Math.max(fragments.length * (BOX.height + BOX.gap) - BOX.gap, JOIN.height) + 2 * EDGE;
  const middle = height / 2;
  const top = (height - (fragments.length * (BOX.height + BOX.gap) - BOX.gap)) / 2;
  const joinX = EDGE + BOX.width + LANE;
  const answerX = joinX + JOIN.width + LANE * 0.7;
  const width = answerX + JOIN.width + EDGE;
  const named = list(new Set(fragments.map(({ department }) => departmentName(department))));
  const several = fragments.length > 1;
  const job = several ? "explain.join.engine" : handed_on ? "explain.join.engine.none" : "explain.join.engine.one";
  return (
    <svg
      class="picture"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={t("explain.picture", { departments: named, columns: columns.length })}
    >
      {fragments.map((fragment, at) => {
        const y = top + at * (BOX.height + BOX.gap) + BOX.height / 2;
        return <Wire key={fragment.id} from={[EDGE + BOX.width, y]} to={[joinX, middle]} />;
      })}
      <Wire from={[joinX + JOIN.width, middle]} to={[answerX, middle]} />
      {fragments.map((fragment, at) => (
        <DepartmentBox key={fragment.id} fragment={fragment} y={top + at * (BOX.height + BOX.gap)} />
      ))}
      <Box x={joinX} y={middle - JOIN.height / 2} {...JOIN} kind="join" lines={[t("explain.join"), t(job)]} />
      <Box
        x={answerX}
        y={middle - JOIN.height / 2}
        {...JOIN}
        kind="answer"
        lines={[
          t("explain.answer"),
          t("explain.answer.columns", { columns: columns.length }),
          ...(marks.length ? [t("explain.answer.marks", { marks: marks.length })] : []),
        ]}
      />
    </svg>
  );
}

function DepartmentBox({ fragment, y }: { fragment: Fragment; y: number }) {
  const { pushed, kept_back, resources, rows } = fragment;
  const done = [
    ...(typeof rows === "number" ? [t("explain.rows", { rows })] : []),
    ...(pushed.length ? [t("explain.pushed", { count: pushed.length })] : []),
    ...(kept_back.length ? [t("explain.keptback", { count: kept_back.length })] : []),
  ];
  const lines = [departmentName(fragment.department), resources.join(", "), done.join(" · ")].filter(Boolean);
  return <Box x={EDGE} y={y} width={BOX.width} height={BOX.height} kind="department" lines={lines} />;
}

interface BoxProps {
  x: number;
  y: number;
  width: number;
  height: number;
  kind: "department" | "join" | "answer";
  lines: string[];
}

function Box({ x, y, width, height, kind, lines }: BoxProps) {
  const start = y + height / 2 - ((lines.length - 1) * 20) / 2 + 5;
  const anchored = kind === "department" ? { x: x + 18, "text-anchor": "start" as const } : { x: x + width / 2, "text-anchor": "middle" as const };
  return (
    <g class={`box ${kind}`}>
      <rect x={x} y={y} width={width} height={height} rx="10" />
      {kind === "department" && <rect class="stripe" x={x} y={y + 14} width="4" height={height - 28} rx="2" />}
      {lines.map((line, at) => (
        <text key={at} class={at === 0 ? "strong" : "small"} y={start + at * 20} {...anchored}>
          <title>{line}</title>
          {fitted(line, width - 30, at === 0 ? FONTS.strong : FONTS.small)}
        </text>
      ))}
    </g>
  );
}

function Wire({ from: [x1, y1], to: [x2, y2] }: { from: [number, number]; to: [number, number] }) {
  const bend = (x2 - x1) / 2;
  return (
    <g class="wire">
      <path d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 7} ${y2}`} />
      <path class="tip" d={`M${x2 - 9} ${y2 - 5}L${x2} ${y2}L${x2 - 9} ${y2 + 5}Z`} />
    </g>
  );
}
