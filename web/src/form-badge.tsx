/** The badge of a column's form: a word and a picture, never a colour alone. */
import { formKind, formName, formReason } from "./forms";
import { Link, Mask, Sum, Token, Check } from "./icons";

const PICTURES = { mask: Mask, token: Token, join: Link, verify: Check, derived: Sum } as const;

export function FormBadge({ form, rules = [] }: { form: string; rules?: readonly string[] }) {
  const kind = formKind(form);
  const Picture = kind in PICTURES ? PICTURES[kind as keyof typeof PICTURES] : undefined;
  return (
    <span class={`badge form-${kind}`} title={formReason(form, rules)}>
      {Picture && <Picture />}
      {formName(form)}
    </span>
  );
}
