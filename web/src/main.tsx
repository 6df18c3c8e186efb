/** Starts the console. */
import { render } from "preact";
import { App } from "./app";
import "./style/base.css";
import "./style/layout.css";
import "./style/parts.css";
import "./style/grid.css";
import "./theme";

render(<App />, document.getElementById("app")!);
