/**
 * Steps that wait as long as Odoo lets them. Its 10 seconds are short for a mail server and a browser on a busy machine.
 *
 * @param {() => Object[]} steps
 */
export const patient = (steps) => () => steps().map((step) => ({ timeout: 60000, ...step }));
