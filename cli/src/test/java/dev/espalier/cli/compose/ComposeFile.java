package dev.espalier.cli.compose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** A compose file with its variables filled in. */
record ComposeFile(Map<String, ComposeService> services) {
    static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern VARIABLE =
            Pattern.compile("\\$(?:(\\$)|\\{([A-Za-z_][A-Za-z0-9_]*)(?::([-?])([^}]*))?})");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @throws UserError if a variable that must be set is not */
    static ComposeFile read(Path file, Map<String, String> variables) throws IOException {
        JsonNode services = yaml(file).path("services");
        Map<String, ComposeService> read = new LinkedHashMap<>();
        services.properties()
                .forEach(service ->
                        read.put(service.getKey(), service(service.getKey(), service.getValue(), variables)));
        return new ComposeFile(read);
    }

    static JsonNode yaml(Path file) throws IOException {
        try (Reader reader = Files.newBufferedReader(file)) {
            Object document = new Yaml(new SafeConstructor(new LoaderOptions())).load(reader);
            return JSON.valueToTree(document);
        }
    }

    private static ComposeService service(String name, JsonNode service, Map<String, String> variables) {
        Map<String, String> environment = new TreeMap<>();
        service.path("environment")
                .properties()
                .forEach(entry -> environment.put(
                        entry.getKey(), filledIn(entry.getValue().asText(), variables)));
        Map<String, String> dependencies = new LinkedHashMap<>();
        service.path("depends_on")
                .properties()
                .forEach(entry -> dependencies.put(
                        entry.getKey(), entry.getValue().path("condition").asText()));
        return new ComposeService(
                name,
                service.path("image").asText(),
                texts(service.path("command"), variables),
                environment,
                texts(service.path("volumes"), variables).stream()
                        .map(Mount::parse)
                        .toList(),
                texts(service.path("ports"), variables),
                dependencies,
                service.path("restart").asText(),
                texts(service.at("/healthcheck/test"), variables),
                texts(service.path("profiles"), variables));
    }

    private static List<String> texts(JsonNode list, Map<String, String> variables) {
        List<String> texts = new ArrayList<>();
        list.forEach(text -> texts.add(filledIn(text.asText(), variables)));
        return texts;
    }

    static String filledIn(String text, Map<String, String> variables) {
        return VARIABLE.matcher(text).replaceAll(match -> Matcher.quoteReplacement(value(match, variables)));
    }

    private static String value(MatchResult variable, Map<String, String> variables) {
        if (variable.group(1) != null) {
            return "$";
        }
        String value = variables.getOrDefault(variable.group(2), "");
        if (!value.isEmpty() || variable.group(3) == null) {
            return value;
        }
        if (variable.group(3).equals("?")) {
            throw new UserError(variable.group(2) + ": " + variable.group(4));
        }
        return variable.group(4);
    }

    /** @param source a folder of the repository or of the machine, or the name of a volume */
    record Mount(String source, String target) {
        static Mount parse(String volume) {
            String[] parts = volume.split(":");
            return new Mount(parts[0], parts[1]);
        }

        boolean named() {
            return source.matches("[a-z][a-z-]*");
        }

        /** Of a folder. */
        Path folder() {
            return REPOSITORY.resolve(source).normalize();
        }
    }
}
