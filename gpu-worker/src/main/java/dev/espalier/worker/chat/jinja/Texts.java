package dev.espalier.worker.chat.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Python's ways with texts. */
final class Texts {
    private Texts() {}

    /** @param letters that go; null: white space */
    static String strip(String text, String letters, boolean left, boolean right, Budget budget) {
        budget.make(text.length());
        budget.look((long) text.length() * (letters == null ? 1 : letters.length()));
        int from = 0;
        int to = text.length();
        while (left && from < to && goes(text.codePointAt(from), letters)) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (right && from < to && goes(text.codePointBefore(to), letters)) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    private static boolean goes(int c, String letters) {
        return letters == null ? isSpace(c) : letters.indexOf(c) >= 0;
    }

    static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    /** As Jinja's filter: words begin after blanks, hyphens and opening brackets alone, so that it's stays one. */
    static String titleOfWords(String text) {
        StringBuilder title = new StringBuilder();
        boolean begins = true;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            boolean between = Character.isWhitespace(c) || "-({[<".indexOf(c) >= 0;
            title.appendCodePoint(begins && !between ? Character.toUpperCase(c) : Character.toLowerCase(c));
            begins = between;
            i += Character.charCount(c);
        }
        return title.toString();
    }

    static String title(String text) {
        StringBuilder title = new StringBuilder();
        boolean inside = false;
        for (int c : text.codePoints().toArray()) {
            title.appendCodePoint(inside ? Character.toLowerCase(c) : Character.toTitleCase(c));
            inside = Character.isLetter(c);
        }
        return title.toString();
    }

    static String capitalized(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.offsetByCodePoints(0, 1);
        return text.substring(0, first).toUpperCase(Locale.ROOT)
                + text.substring(first).toLowerCase(Locale.ROOT);
    }

    /** @param most replacements; -1 for all */
    static String replaced(String text, String old, String with, long most, Budget budget) {
        if (old.isEmpty()) {
            throw new TemplateException("replace: what is replaced is empty");
        }
        budget.seek(text, old);
        StringBuilder replaced = new StringBuilder();
        int from = 0;
        long count = 0;
        for (int at = text.indexOf(old); at >= 0 && count != most; at = text.indexOf(old, from)) {
            replaced.append(text, from, at).append(with);
            budget.make((long) at - from + with.length());
            from = at + old.length();
            count++;
        }
        budget.make((long) text.length() - from);
        return replaced.append(text.substring(from)).toString();
    }

    /** @param separator null: any white space @param most cuts; -1 for all */
    static List<Object> split(String text, String separator, long most, Budget budget) {
        budget.make(text.length() + 1L);
        if (separator == null) {
            return words(text, most, budget);
        }
        requireSeparator(separator);
        budget.seek(text, separator);
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (int at = text.indexOf(separator); at >= 0 && parts.size() != most; at = text.indexOf(separator, from)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    static List<Object> splitFromEnd(String text, String separator, long most, Budget budget) {
        if (separator == null) {
            throw new TemplateException("rsplit: a separator is needed");
        }
        budget.make(text.length() + 1L);
        requireSeparator(separator);
        budget.seek(text, separator);
        List<Object> parts = new ArrayList<>();
        int to = text.length();
        for (int at = text.lastIndexOf(separator);
                at >= 0 && parts.size() != most;
                at = text.lastIndexOf(separator, to - separator.length())) {
            parts.add(text.substring(at + separator.length(), to));
            to = at;
            if (to < separator.length()) {
                break;
            }
        }
        parts.add(text.substring(0, to));
        Collections.reverse(parts);
        return parts;
    }

    private static void requireSeparator(String separator) {
        if (separator.isEmpty()) {
            throw new TemplateException("split: the separator is empty");
        }
    }

    private static List<Object> words(String text, long most, Budget budget) {
        List<Object> words = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < text.length() && isSpace(text.charAt(at))) {
                at++;
            }
            if (at == text.length()) {
                return words;
            }
            if (words.size() == most) {
                words.add(strip(text.substring(at), null, false, true, budget));
                return words;
            }
            int from = at;
            while (at < text.length() && !isSpace(text.charAt(at))) {
                at++;
            }
            words.add(text.substring(from, at));
        }
    }

    static String joined(Collection<?> items, String between, Budget budget) {
        StringBuilder joined = new StringBuilder();
        boolean first = true;
        for (Object item : items) {
            String text = (first ? "" : between) + Values.text(item, budget);
            budget.make(text.length());
            joined.append(text);
            first = false;
        }
        return joined.toString();
    }

    /** Each line but the first moved to the right, as Jinja's filter indent does. */
    static String indented(String text, String indent, boolean first, boolean blank, Budget budget) {
        String[] lines = text.split("\n", -1);
        budget.make(text.length() + (long) indent.length() * lines.length);
        StringBuilder indented = new StringBuilder();
        for (int i = 0; i < lines.length; i++) {
            boolean moved = i == 0 ? first : blank || !lines[i].isEmpty();
            indented.append(i == 0 ? "" : "\n").append(moved ? indent : "").append(lines[i]);
        }
        return indented.toString();
    }
}
