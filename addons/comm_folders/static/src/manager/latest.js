/**
 * Of several answers on their way, only the last one asked for counts, as with Odoo's `KeepLast`. But who waits for another
 * one goes on, too, with `undefined`: a change of messages that reads the list at its end must come to its end also when
 * the list is read again for something else meanwhile.
 */
export class Latest {
    /**
     * @template T
     * @param {Promise<T>} promise
     * @returns {Promise<T|undefined>} rejects as the promise does, unless another one was asked for since
     */
    async add(promise) {
        this._last = promise;
        try {
            const value = await promise;
            return this._last === promise ? value : undefined;
        } catch (error) {
            if (this._last === promise) {
                throw error;
            }
            return undefined;
        }
    }
}
