/* One screen of the page's address, and what its buttons open: ?screen=main.bob&P=DEMO:&R=RE:

All is drawn by cs-web-lib, but X/Y plots by ours: see plot.jsx. */
import React, { useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "react-redux";
import { BrowserRouter } from "react-router-dom";
import { EmbeddedDisplay, FileContext, RelativePosition, store } from "@diamondlightsource/cs-web-lib";
import { askFirst } from "./confirming.js";
import { loadScreens } from "./loading.js";
import { registerPlot } from "./plot.jsx";
import { curve, pvs, seen } from "./seeing.js";

const { screen, ...given } = Object.fromEntries(new URLSearchParams(window.location.search));
const top = { path: `/screens/${screen}`, macros: given, defaultProtocol: "ca" };

function Page() {
  const [shown, show] = useState({ file: top, count: 0 });
  const opening = useMemo(() => {
    const open = (file) => {
      loadScreens.top = file;
      show((before) => ({ file, count: before.count + 1 }));
    };
    return {
      pageState: {},
      tabState: {},
      addPage: (location, file) => open(file),
      addTab: (location, name, file) => open(file),
      removePage: () => {},
      removeTab: () => {},
      selectTab: () => {},
    };
  }, []);
  document.body.dataset.screen = shown.file.path.split("/").pop();
  return (
    <FileContext.Provider value={opening}>
      <EmbeddedDisplay key={shown.count} file={shown.file} position={new RelativePosition()} scroll={false} />
    </FileContext.Provider>
  );
}

/* The store, at which widgets look once for all that changes within 20 ms: each of the hundreds of PVs that a screen
subscribes to is a change, and with each all widgets look. It is half of the time that a screen takes to be drawn. */
function unhurried(store) {
  const subscribe = (look) => {
    let due = null;
    const unsubscribe = store.subscribe(() => {
      due ??= setTimeout(() => {
        due = null;
        look();
      }, 20);
    });
    return () => {
      clearTimeout(due);
      unsubscribe();
    };
  };
  return { ...store, subscribe };
}

loadScreens(top);
askFirst();
registerPlot();
Object.assign(window, { curve, pvs, seen });
createRoot(document.getElementById("root")).render(
  <Provider store={unhurried(store({ PVWS_SOCKET: window.location.host, PVWS_SSL: false, THROTTLE_PERIOD: 50 }))}>
    <BrowserRouter>
      <Page />
    </BrowserRouter>
  </Provider>,
);
