import { browser } from "@web/core/browser/browser";

// Of this browser: which folders are opened up. Of this tab: which one is read.
const TREE = "comm_folders.tree";
const OPEN = "comm_folders.open";

function parsed(storage, key) {
    try {
        return JSON.parse(storage.getItem(key)) || {};
    } catch {
        // Whatever else lies there does not matter.
        return {};
    }
}

/** @returns {Object|undefined} the state of the tree and the open folder, as far as they are remembered */
export function remembered() {
    const { expanded, known } = parsed(browser.localStorage, TREE);
    const { selectedKey, folderId } = parsed(browser.sessionStorage, OPEN);
    const isTree = Array.isArray(expanded) && Array.isArray(known);
    return isTree ? { expanded, known, selectedKey, folderId } : undefined;
}

export function rememberTree(state) {
    browser.localStorage.setItem(TREE, state);
}

export function rememberOpen(state) {
    browser.sessionStorage.setItem(OPEN, state);
}
