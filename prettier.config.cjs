/** The plugin is found through NODE_PATH: ./dev lint and pre-commit keep their modules outside the project. */
module.exports = {
    plugins: [require.resolve("@prettier/plugin-xml")],
    printWidth: 120,
    tabWidth: 4,
    trailingComma: "es5",
    xmlSelfClosingSpace: false,
    xmlWhitespaceSensitivity: "preserve",
    overrides: [{ files: ["*.yaml", "*.yml"], options: { tabWidth: 2 } }],
};
