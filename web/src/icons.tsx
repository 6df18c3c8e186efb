/** The few pictures of the page; all are decoration beside a word. */
import type { ComponentChildren } from "preact";

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const Logo = () => (
  <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" />
    <path d="M9 8c7 0 6 8 11 8M9 24c7 0 6-8 11-8M9 16h13" />
    <circle cx="8" cy="8" r="2.6" />
    <circle cx="8" cy="16" r="2.6" />
    <circle cx="8" cy="24" r="2.6" />
    <circle cx="23.5" cy="16" r="3.6" />
  </svg>
);
export const Play = () => <Icon><path d="M4.5 3.2v9.6L12.5 8z" /></Icon>;
export const Stop = () => <Icon><rect x="4" y="4" width="8" height="8" rx="1" /></Icon>;
export const Search = () => <Icon><circle class="line" cx="7" cy="7" r="4.2" /><path class="line" d="m10.2 10.2 3.3 3.3" /></Icon>;
export const Chevron = () => <Icon><path class="line" d="m6 4 4 4-4 4" /></Icon>;
export const Warning = () => <Icon><path class="line" d="M8 2.5 14.2 13.500H1.800z" /><path class="line" d="M8 6.500v3.300M8 11.500v.2" /></Icon>;
export const Partial = () => <Icon><circle class="line" cx="8" cy="8" r="5.8" /><path d="M8 2.200a5.8 5.8 0 0 1 0 11.600z" /></Icon>;
export const Check = () => <Icon><path class="line" d="m3.5 8.5 3 3 6-7" /></Icon>;
export const Down = () => <Icon><path class="line" d="M8 2.500v8M4.8 7.5 8 10.700l3.2-3.200M3 13.500h10" /></Icon>;
export const Shape = () => <Icon><path class="line" d="M3 3.500h3.500L10 8h3M3 12.500h3.500L10 8" /></Icon>;
export const Menu = () => <Icon><path class="line" d="M2.5 4h11M2.5 8h11M2.5 12h7" /></Icon>;
export const Close = () => <Icon><path class="line" d="m4 4 8 8M12 4l-8 8" /></Icon>;
export const Mask = () => <Icon><path class="line" d="M2 8s2.2-4 6-4 6 4 6 4-2.2 4-6 4-6-4-6-4zM3 13 13 3" /></Icon>;
export const Token = () => <Icon><path class="line" d="M6.5 2.5 5 13.500M11 2.5 9.5 13.500M3 6h10.500M2.5 10H13" /></Icon>;
export const Link = () => <Icon><circle class="line" cx="5.5" cy="8" r="3" /><circle class="line" cx="10.5" cy="8" r="3" /></Icon>;
export const Sum = () => <Icon><path class="line" d="M11.5 4.500V3h-7L8 8l-3.5 5h7v-1.5" /></Icon>;
