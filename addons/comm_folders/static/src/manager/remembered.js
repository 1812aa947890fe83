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

/**
 * @param {Object} [options]
 * @param {boolean} [options.isReturn] to where one was: to the pane, the open message and its place in the list, too
 * @returns {Object|undefined} the state of the tree and what was open, as far as they are remembered
 */
export function remembered({ isReturn = false } = {}) {
    const { expanded, known } = parsed(browser.localStorage, TREE);
    const { selectedKey, folderId, messageId, position, pane } = parsed(browser.sessionStorage, OPEN);
    const isTree = Array.isArray(expanded) && Array.isArray(known);
    return isTree
        ? { expanded, known, selectedKey, folderId, ...(isReturn && { messageId, position, pane }) }
        : undefined;
}

export function rememberTree(state) {
    browser.localStorage.setItem(TREE, state);
}

export function rememberOpen(state) {
    browser.sessionStorage.setItem(OPEN, state);
}
