package dev.espalier.coordinator.report;

/** Text inside HTML. Run names, paths and configuration come from outside: all of it passes through here. */
final class Html {
    private Html() {}

    /** Safe as text and inside quoted attributes. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /** JSON that stands inside a script element cannot end it, nor open a comment. */
    static String scriptSafe(String json) {
        return json.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029");
    }
}
