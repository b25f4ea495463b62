package dev.espalier.coordinator.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.coordinator.report.RunReport;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.model.headers.ContentDisposition;
import org.apache.pekko.http.javadsl.model.headers.ContentDispositionTypes;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.Route;

/**
 * What a run leaves behind, for those who are not on the coordinator's machine. The report is open as the run's status
 * is; the model, like all weights, to those who bear the token. Files are streamed, and in parts if asked for.
 */
final class Downloads extends AllDirectives {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Whatever wrote the report, its scripts are strangers to the page beside it, which may know the token. */
    private static final String REPORT_POLICY = "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline';"
            + " script-src 'unsafe-inline'; frame-ancestors 'none'";

    private final Access access;
    private final RunFiles files;

    Downloads(Access access, RunFiles files) {
        this.access = access;
        this.files = files;
    }

    Route report(Path directory) {
        Path report = directory.resolve(RunReport.REPORT);
        return Files.isRegularFile(report, LinkOption.NOFOLLOW_LINKS)
                ? respondWithHeader(
                        RawHeader.create("Content-Security-Policy", REPORT_POLICY),
                        () -> getFromFile(report.toFile(), ContentTypes.TEXT_HTML_UTF8))
                : complete(HttpResponse.create().withStatus(StatusCodes.NO_CONTENT));
    }

    Route listing(String run, Path directory) {
        return extractRequest(request -> access.tokenRefusal(request)
                .<Route>map(this::complete)
                .orElseGet(() -> completeWithFuture(answer(run, directory).exceptionally(Failures::response))));
    }

    private CompletionStage<HttpResponse> answer(String run, Path directory) {
        Optional<String> ticket = access.ticket(run, Instant.now());
        return files.exported(directory).thenApply(exported -> HttpResponse.create()
                .withEntity(HttpEntities.create(
                        ContentTypes.APPLICATION_JSON,
                        json(run, exported, ticket).toString())));
    }

    private static ObjectNode json(String run, List<ExportFile> exported, Optional<String> ticket) {
        ObjectNode json = JSON.createObjectNode();
        ArrayNode array = json.putArray("files");
        for (ExportFile file : exported) {
            String href = HttpApi.ROOT + "/runs/" + encoded(run) + "/export/file?path=" + encoded(file.path())
                    + ticket.map(pass -> "&ticket=" + pass).orElse("");
            array.addObject()
                    .put("path", file.path())
                    .put("bytes", file.bytes())
                    .put("href", href);
        }
        return json;
    }

    Route file(String run, Path directory) {
        return parameter(
                "path",
                path -> parameterOptional(
                        "ticket",
                        ticket -> extractRequest(request -> {
                            boolean admitted = ticket.filter(pass -> access.admits(run, pass, Instant.now()))
                                    .isPresent();
                            return (admitted ? Optional.<HttpResponse>empty() : access.tokenRefusal(request))
                                    .<Route>map(this::complete)
                                    .orElseGet(() -> onComplete(
                                            files.exported(directory),
                                            all -> all.isFailure()
                                                    ? complete(Failures.response(
                                                            all.failed().get()))
                                                    : named(all.get(), path)));
                        })));
    }

    private Route named(List<ExportFile> all, String path) {
        return all.stream()
                .filter(file -> file.path().equals(path))
                .findFirst()
                .map(this::content)
                .orElseGet(() -> complete(unknown(path).response()));
    }

    private Route content(ExportFile file) {
        return respondWithHeader(
                ContentDisposition.create(ContentDispositionTypes.ATTACHMENT, Map.of("filename", file.name())),
                () -> getFromFile(file.file().toFile(), ContentTypes.APPLICATION_OCTET_STREAM));
    }

    private static Problem unknown(String path) {
        String shown = path.length() <= 200 ? path : path.substring(0, 200) + "...";
        return new Problem(StatusCodes.NOT_FOUND, "unknown-file", "the run's export has no file " + shown);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
