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

    /** The beginning of a part of a page, up to its contents; the caller ends it. */
    static String section(String title, String note) {
        return "<section><h2>" + title + "</h2>" + (note.isEmpty() ? "" : "<p class=\"note\">" + note + "</p>") + "\n";
    }

    /** A table that may be wider than the page: it scrolls by itself, also by keys. */
    static String scrolling(String name, String table) {
        return "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" + escape(name) + "\">" + table
                + "</div>\n";
    }

    /** JSON that stands inside a script element cannot end it, nor open a comment. */
    static String scriptSafe(String json) {
        return json.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029");
    }
}
