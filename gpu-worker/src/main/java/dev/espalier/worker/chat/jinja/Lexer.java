package dev.espalier.worker.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a template into tokens, as Jinja does with trim_blocks and lstrip_blocks: the newline after a block or a comment
 * goes, and so do blanks between a line's beginning and one.
 */
final class Lexer {
    private static final List<String> OPERATORS = List.of(
            "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", ".", ":", "|", ",", ";",
            "(", ")", "[", "]", "{", "}");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private int counted;
    private boolean lineStarts = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String template) {
        String source = template.replace("\r\n", "\n").replace('\r', '\n');
        Lexer lexer = new Lexer(source.endsWith("\n") ? source.substring(0, source.length() - 1) : source);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (at < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                add(Token.Kind.DATA, source.substring(at));
                at = source.length();
            } else {
                tag(tag);
            }
        }
        add(Token.Kind.END, "");
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            if ("{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    private void tag(int begin) {
        char kind = source.charAt(begin + 1);
        char sign = begin + 2 < source.length() ? source.charAt(begin + 2) : ' ';
        String before = source.substring(at, begin);
        if (sign == '-') {
            before = before.stripTrailing();
        } else if (kind != '{' && sign != '+') {
            before = withoutIndent(before);
        }
        if (!before.isEmpty()) {
            add(Token.Kind.DATA, before);
        }
        at = begin + (sign == '-' || sign == '+' ? 3 : 2);
        if (kind == '#') {
            comment(begin);
        } else if (kind == '%' && isRaw()) {
            raw(begin);
        } else {
            add(kind == '{' ? Token.Kind.VARIABLE_BEGIN : Token.Kind.BLOCK_BEGIN, source.substring(begin, at));
            inside(kind == '{' ? "}}" : "%}");
            add(kind == '{' ? Token.Kind.VARIABLE_END : Token.Kind.BLOCK_END, kind == '{' ? "}}" : "%}");
        }
    }

    private String withoutIndent(String before) {
        int lineBegins = before.lastIndexOf('\n') + 1;
        boolean whole = lineBegins > 0 || lineStarts;
        return whole && before.substring(lineBegins).isBlank() ? before.substring(0, lineBegins) : before;
    }

    private void comment(int begin) {
        int end = source.indexOf("#}", at);
        if (end < 0) {
            throw failure("a comment has no end", begin);
        }
        char sign = end > at ? source.charAt(end - 1) : ' ';
        at = end;
        close("#}", sign);
    }

    private boolean isRaw() {
        return source.regionMatches(skipBlanks(at), "raw", 0, 3)
                && source.startsWith("%}", skipSign(skipBlanks(skipBlanks(at) + 3)));
    }

    private void raw(int begin) {
        int sign = skipBlanks(skipBlanks(at) + 3);
        at = skipSign(sign);
        close("%}", source.charAt(sign));
        for (int i = source.indexOf("{%", at); i >= 0; i = source.indexOf("{%", i + 1)) {
            int word = skipBlanks(skipSign(i + 2));
            int end = skipBlanks(word + 6);
            if (source.startsWith("endraw", word) && source.startsWith("%}", skipSign(end))) {
                String data = source.substring(at, i);
                add(Token.Kind.DATA, source.startsWith("{%-", i) ? data.stripTrailing() : withoutIndent(data));
                at = skipSign(end);
                close("%}", source.charAt(end));
                return;
            }
        }
        throw failure("raw has no endraw", begin);
    }

    private int skipBlanks(int from) {
        int i = from;
        while (i < source.length() && Character.isWhitespace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    private int skipSign(int from) {
        return from < source.length() && (source.charAt(from) == '-' || source.charAt(from) == '+') ? from + 1 : from;
    }

    /** Leaves a tag whose end stands here. @param sign before it: - takes white space away, + keeps even a line's end */
    private void close(String end, char sign) {
        at += end.length();
        int from = at;
        if (sign == '-') {
            at = skipBlanks(at);
        } else if (sign != '+' && !end.equals("}}") && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
        lineStarts = at > from && source.charAt(at - 1) == '\n';
    }

    private void inside(String end) {
        int begin = at;
        int depth = 0;
        while (true) {
            at = skipBlanks(at);
            if (at >= source.length()) {
                throw failure("a tag has no end", begin);
            }
            if (depth == 0
                    && (source.startsWith(end, at)
                            || source.startsWith("-" + end, at)
                            || source.startsWith("+" + end, at))) {
                char sign = source.charAt(at);
                at = source.indexOf(end, at);
                close(end, sign);
                return;
            }
            depth += expression();
        }
    }

    /** @return by how much it opens or closes brackets */
    private int expression() {
        char c = source.charAt(at);
        if (c == '"' || c == '\'') {
            string(c);
            return 0;
        }
        if (isDigit(c)) {
            number();
            return 0;
        }
        if (Character.isLetter(c) || c == '_') {
            int from = at;
            while (at < source.length() && (Character.isLetterOrDigit(source.charAt(at)) || source.charAt(at) == '_')) {
                at++;
            }
            add(Token.Kind.NAME, source.substring(from, at));
            return 0;
        }
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                at += operator.length();
                add(Token.Kind.OPERATOR, operator);
                return "([{".contains(operator) ? 1 : ")]}".contains(operator) ? -1 : 0;
            }
        }
        throw failure("'" + c + "' means nothing here", at);
    }

    /** Of ASCII, as numbers in programs are. */
    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private void number() {
        int from = at;
        boolean decimal = false;
        while (at < source.length()) {
            char c = source.charAt(at);
            boolean point = c == '.' && at + 1 < source.length() && isDigit(source.charAt(at + 1));
            if (!isDigit(c) && c != '_' && !(point && !decimal)) {
                break;
            }
            decimal |= point;
            at++;
        }
        add(
                decimal ? Token.Kind.FLOAT : Token.Kind.INTEGER,
                source.substring(from, at).replace("_", ""));
    }

    private void string(char quote) {
        int begin = at++;
        StringBuilder text = new StringBuilder();
        while (at < source.length() && source.charAt(at) != quote) {
            char c = source.charAt(at++);
            if (c == '\\' && at < source.length()) {
                escape(source.charAt(at++), text);
            } else {
                text.append(c);
            }
        }
        if (at >= source.length()) {
            throw failure("a string has no end", begin);
        }
        at++;
        add(Token.Kind.STRING, text.toString());
    }

    private void escape(char c, StringBuilder text) {
        switch (c) {
            case 'n' -> text.append('\n');
            case 't' -> text.append('\t');
            case 'r' -> text.append('\r');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case '\\', '\'', '"' -> text.append(c);
            case '\n' -> {}
            case 'x' -> code(2, text);
            case 'u' -> code(4, text);
            case 'U' -> code(8, text);
            default -> text.append('\\').append(c);
        }
    }

    private void code(int digits, StringBuilder text) {
        try {
            text.appendCodePoint(Integer.parseInt(source.substring(at, at + digits), 16));
            at += digits;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw failure("an escaped character is malformed", at);
        }
    }

    private void add(Token.Kind kind, String text) {
        while (counted < Math.min(at, source.length())) {
            line += source.charAt(counted++) == '\n' ? 1 : 0;
        }
        tokens.add(new Token(kind, text, line));
    }

    private TemplateException failure(String how, int where) {
        long lines = source.substring(0, Math.min(where, source.length()))
                .chars()
                .filter(c -> c == '\n')
                .count();
        return new TemplateException("line " + (lines + 1) + ": " + how);
    }
}
