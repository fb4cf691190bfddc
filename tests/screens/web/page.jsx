/* One screen of the page's address, and what its buttons open: ?screen=main.bob&P=DEMO:&R=RE: */
import React, { useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "react-redux";
import { BrowserRouter } from "react-router-dom";
import { EmbeddedDisplay, FileContext, RelativePosition, store } from "@diamondlightsource/cs-web-lib";
import { askFirst } from "./confirming.js";
import { loadScreens } from "./loading.js";
import { pvs, seen } from "./seeing.js";

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

loadScreens(top);
askFirst();
Object.assign(window, { pvs, seen });
createRoot(document.getElementById("root")).render(
  <Provider store={store({ PVWS_SOCKET: window.location.host, PVWS_SSL: false, THROTTLE_PERIOD: 50 })}>
    <BrowserRouter>
      <Page />
    </BrowserRouter>
  </Provider>,
);
