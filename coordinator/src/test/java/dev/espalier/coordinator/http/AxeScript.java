package dev.espalier.coordinator.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/** The accessibility checker axe, as a script to be run in a page. */
final class AxeScript {
    static final String TEXT = text();

    private AxeScript() {}

    private static String text() {
        ClassLoader jars = AxeScript.class.getClassLoader();
        Properties maven = new Properties();
        try (InputStream version = jars.getResourceAsStream("META-INF/maven/org.webjars.npm/axe-core/pom.properties")) {
            maven.load(version);
            String path = "META-INF/resources/webjars/axe-core/" + maven.getProperty("version") + "/axe.min.js";
            try (InputStream script = jars.getResourceAsStream(path)) {
                return new String(script.readAllBytes(), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the jar of axe-core cannot be read", e);
        }
    }
}
