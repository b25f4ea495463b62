package dev.espalier.coordinator.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.PathMatchers;
import org.apache.pekko.http.javadsl.server.Route;

/**
 * The coordinator's page: static files and two small libraries, one that draws charts and one that changes elements in
 * place, all from this server; the API gives it its life.
 */
public final class PageRoutes extends AllDirectives {
    private static final String FILES = "dev/espalier/coordinator/page/";
    private static final List<String> NAMES = List.of(
            "icon.svg",
            "page.css",
            "main.js",
            "api.js",
            "charts.js",
            "dom.js",
            "facts.js",
            "format.js",
            "history.js",
            "kept.js",
            "log.js",
            "results.js",
            "run.js",
            "stages.js",
            "state.js",
            "workers.js");
    private static final String LIBRARIES = "META-INF/resources/webjars/";

    /** Scripts and styles from here only, nothing inline, no frame around it. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final List<HttpHeader> HEADERS =
            List.of(RawHeader.create("Content-Security-Policy", POLICY), RawHeader.create("Cache-Control", "no-cache"));

    public Route routes() {
        List<Route> all = new ArrayList<>();
        all.add(pathSingleSlash(() -> getFromResource(FILES + "index.html")));
        for (String name : NAMES) {
            all.add(file(name, FILES + name));
        }
        all.add(file("uplot.js", library("uplot", "uPlot.esm.js")));
        all.add(file("uplot.css", library("uplot", "uPlot.min.css")));
        all.add(file("preact.js", library("preact", "preact.module.js")));
        Route page = concat(all.get(0), all.subList(1, all.size()).toArray(Route[]::new));
        return respondWithHeaders(HEADERS, () -> get(() -> page));
    }

    private Route file(String name, String resource) {
        return path(PathMatchers.segment("page").slash(name), () -> getFromResource(resource));
    }

    /** A file of a library that is on the class path; its version is part of the path. */
    private static String library(String name, String file) {
        try (InputStream in = PageRoutes.class
                .getClassLoader()
                .getResourceAsStream("META-INF/maven/org.webjars.npm/" + name + "/pom.properties")) {
            Properties properties = new Properties();
            properties.load(in);
            return LIBRARIES + name + "/" + properties.getProperty("version") + "/dist/" + file;
        } catch (IOException e) {
            throw new UncheckedIOException("the jar of " + name + " cannot be read", e);
        }
    }
}
