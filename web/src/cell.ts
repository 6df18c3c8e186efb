/** The exact text of an Arrow value; undefined for NULL. Decimals and long integers never become a JavaScript number. */
import { DateUnit, IntervalUnit, Precision, TimeUnit, Type, Vector, type Data, type DataType } from "apache-arrow";

const utf8 = new TextDecoder();
const PER_SECOND: Record<TimeUnit, bigint> = {
  [TimeUnit.SECOND]: 1n,
  [TimeUnit.MILLISECOND]: 1_000n,
  [TimeUnit.MICROSECOND]: 1_000_000n,
  [TimeUnit.NANOSECOND]: 1_000_000_000n,
};
const DIGITS: Record<TimeUnit, number> = {
  [TimeUnit.SECOND]: 0,
  [TimeUnit.MILLISECOND]: 3,
  [TimeUnit.MICROSECOND]: 6,
  [TimeUnit.NANOSECOND]: 9,
};

/** What the types of Arrow say of themselves, each its part of it. */
interface Details {
  bitWidth: number;
  byteWidth: number;
  isSigned: boolean;
  listSize: number;
  precision: number;
  scale: number;
  timezone: string | null;
  unit: number;
  dictionary: DataType;
}
const details = (type: DataType): Details => type as unknown as Details;

export function cellText(data: Data, index: number): string | undefined {
  if (data.typeId === Type.Null || !data.getValid(index)) return undefined;
  const type = details(data.type);
  const values = data.values as never as ArrayLike<number> & ArrayLike<bigint>;
  switch (data.typeId as Type) {
    case Type.Int:
      return String(values[index]);
    case Type.Float:
      return floatText(data, index);
    case Type.Bool:
      return String(new Vector([data]).get(index));
    case Type.Decimal:
      return decimalText(data.values as Uint32Array, index, type.bitWidth, type.scale);
    case Type.Utf8:
    case Type.LargeUtf8:
      return utf8.decode(slice(data, index));
    case Type.Binary:
    case Type.LargeBinary:
      return hex(slice(data, index));
    case Type.FixedSizeBinary:
      return hex((data.values as Uint8Array).subarray(index * type.byteWidth, (index + 1) * type.byteWidth));
    case Type.Date:
      return dayText(BigInt(values[index]!) / (type.unit === DateUnit.DAY ? 1n : 86_400_000n));
    case Type.Time:
      return clockText(BigInt(values[index]!), type.unit);
    case Type.Timestamp:
      return momentText(BigInt(values[index]!), type.unit, type.timezone);
    case Type.Interval:
      return type.unit === IntervalUnit.MONTH_DAY_NANO ? intervalText(data.values as Int32Array, index) : fallback(data, index);
    case Type.List:
    case Type.LargeList:
    case Type.Map:
      return `[${range(data, Number(data.valueOffsets[index]), Number(data.valueOffsets[index + 1]))}]`;
    case Type.FixedSizeList:
      return `[${range(data, index * type.listSize, (index + 1) * type.listSize)}]`;
    case Type.Struct:
      return `{${data.type.children.map((field, at) => `${field.name}: ${inside(data.children[at]!, index)}`).join(", ")}}`;
    case Type.Dictionary:
      return cellTextOf(data.dictionary!, Number(values[index]));
    default:
      return fallback(data, index);
  }
}

function cellTextOf(vector: Vector, index: number): string | undefined {
  let at = index;
  for (const data of vector.data) {
    if (at < data.length) return cellText(data, at);
    at -= data.length;
  }
  return undefined;
}

const fallback = (data: Data, index: number): string => String(new Vector([data]).get(index));

const inside = (data: Data, index: number): string => cellText(data, index) ?? "NULL";

function range(data: Data, from: number, to: number): string {
  const item = data.children[0]!;
  return Array.from({ length: to - from }, (_, at) => inside(item, from + at)).join(", ");
}

function slice(data: Data, index: number): Uint8Array {
  const offsets = data.valueOffsets as ArrayLike<number | bigint>;
  return (data.values as Uint8Array).subarray(Number(offsets[index]), Number(offsets[index + 1]));
}

function hex(bytes: Uint8Array): string {
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function floatText(data: Data, index: number): string {
  const value = new Vector([data]).get(index) as number;
  if (details(data.type).precision === Precision.DOUBLE) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits)); // the fewest digits that still name this single-precision value
    if (Math.fround(shorter) === value) return String(shorter);
  }
  return String(value);
}

function decimalText(words: Uint32Array, index: number, bits: number, scale: number): string {
  const count = bits / 32;
  let value = 0n;
  for (let at = count - 1; at >= 0; at--) value = (value << 32n) | BigInt(words[index * count + at]!);
  value = BigInt.asIntN(bits, value);
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${value < 0n ? "-" : ""}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ""}`;
}

function dayText(days: bigint): string {
  const date = new Date(Number(days) * 86_400_000);
  return Number.isNaN(date.getTime()) ? `${days} d` : date.toISOString().slice(0, -14);
}

function floored(value: bigint, by: bigint): [bigint, bigint] {
  const rest = ((value % by) + by) % by;
  return [(value - rest) / by, rest];
}

function clockText(value: bigint, unit: TimeUnit): string {
  const [seconds, fraction] = floored(value, PER_SECOND[unit]);
  const two = (part: bigint): string => part.toString().padStart(2, "0");
  const clock = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  return fraction === 0n ? clock : `${clock}.${fraction.toString().padStart(DIGITS[unit], "0")}`;
}

function momentText(value: bigint, unit: TimeUnit, zone: string | null): string {
  const perDay = 86_400n * PER_SECOND[unit];
  const ahead = zone ? offsetSeconds(zone, Number(floored(value, PER_SECOND[unit])[0]) * 1000) : 0;
  const [days, clock] = floored(value + BigInt(ahead) * PER_SECOND[unit], perDay);
  return `${dayText(days)} ${clockText(clock, unit)}${zone ? offsetText(ahead) : ""}`;
}

const zones = new Map<string, Intl.DateTimeFormat>();

/** How far `zone` is ahead of UTC at that moment. */
function offsetSeconds(zone: string, milliseconds: number): number {
  let format = zones.get(zone);
  if (!format) {
    const known = /^[+-]\d\d:\d\d$/.test(zone) || Intl.supportedValuesOf("timeZone").includes(zone) ? zone : "UTC";
    format = new Intl.DateTimeFormat("en", { timeZone: known, timeZoneName: "longOffset" });
    zones.set(zone, format);
  }
  const name = format.formatToParts(milliseconds).find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  const found = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name);
  if (!found) return 0;
  const seconds = Number(found[2]) * 3600 + Number(found[3]) * 60 + Number(found[4] ?? 0);
  return found[1] === "-" ? -seconds : seconds;
}

function offsetText(seconds: number): string {
  const minutes = Math.abs(seconds) / 60;
  const two = (part: number): string => String(Math.floor(part)).padStart(2, "0");
  return seconds === 0 ? "Z" : `${seconds < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

function intervalText(words: Int32Array, index: number): string {
  const [months, days] = [words[index * 4]!, words[index * 4 + 1]!];
  const nanoseconds = (BigInt(words[index * 4 + 3]!) << 32n) | BigInt(words[index * 4 + 2]! >>> 0);
  const clock = nanoseconds < 0n ? `-${clockText(-nanoseconds, TimeUnit.NANOSECOND)}` : clockText(nanoseconds, TimeUnit.NANOSECOND);
  const parts = [months && `${months} mon`, days && `${days} d`, nanoseconds !== 0n && clock].filter(Boolean);
  return parts.length ? parts.join(" ") : "0 d";
}

/** The directory's name of an Arrow type, as in `decimal(10,2)`. */
export function typeName(type: DataType): string {
  const of = details(type);
  switch (type.typeId as Type) {
    case Type.Int:
      return `${of.isSigned ? "" : "u"}${{ 8: "tinyint", 16: "smallint", 32: "integer", 64: "bigint" }[of.bitWidth as 8 | 16 | 32 | 64]}`;
    case Type.Float:
      return of.precision === Precision.DOUBLE ? "double" : "real";
    case Type.Decimal:
      return `decimal(${of.precision},${of.scale})`;
    case Type.Utf8:
    case Type.LargeUtf8:
      return "varchar";
    case Type.Binary:
    case Type.LargeBinary:
      return "blob";
    case Type.Bool:
      return "boolean";
    case Type.Date:
      return "date";
    case Type.Time:
      return "time";
    case Type.Timestamp:
      return of.timezone ? "timestamptz" : "timestamp";
    case Type.Interval:
      return "interval";
    case Type.List:
    case Type.LargeList:
      return `${typeName(type.children[0]!.type)}[]`;
    case Type.Dictionary:
      return typeName(of.dictionary);
    default:
      return String(type).toLowerCase();
  }
}

/** Whether values of the type are read by comparing their digits, and so stand at the right. */
export function isNumeric(type: DataType): boolean {
  return [Type.Int, Type.Float, Type.Decimal].includes(type.typeId as Type);
}
