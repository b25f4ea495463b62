package dev.espalier.coordinator.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;

/**
 * A page that needs no network, reads on a phone and on paper, and runs no script but its own (a content security policy
 * names that one by its hash).
 *
 * @param title plain text
 * @param main HTML
 */
record HtmlDocument(String title, String main, Optional<Script> script) {
    private static final String STYLES = "report.css";

    /**
     * @param data JSON that it reads, safe inside a script element
     * @param resource its text, of this package
     */
    record Script(String data, String resource) {}

    String text() {
        Optional<String> code = script.map(own -> resource(own.resource()).strip());
        StringBuilder page =
                new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
        page.append("style-src 'unsafe-inline'");
        code.ifPresent(text ->
                page.append("; script-src 'sha256-").append(sha256(text)).append("'"));
        page.append("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
        page.append(Html.escape(title)).append(" \u00b7 Espalier</title>\n<style>\n");
        page.append(resource(STYLES)).append("</style>\n</head>\n<body>\n<main>\n");
        page.append(main).append("</main>\n");
        script.ifPresent(own -> page.append("<script type=\"application/json\" id=\"data\">")
                .append(own.data())
                .append("</script>\n"));
        code.ifPresent(text -> page.append("<script>").append(text).append("</script>\n"));
        return page.append("</body>\n</html>\n").toString();
    }

    private static String resource(String name) {
        try (InputStream in = HtmlDocument.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the jar lacks " + name, e);
        }
    }

    private static String sha256(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
