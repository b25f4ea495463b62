package dev.espalier.worker.checkpoint;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which model a folder holds, whatever its path: two workers may train the same student only if their files agree.
 *
 * @param files SHA-256 by name: config.json, the weight files, and tokenizer.json with what adds tokens to it, which
 *     decide what is trained on
 */
public record ModelIdentity(SortedMap<String, String> files) {

    /** Hashes the model's files, as far as they are not remembered. */
    public static ModelIdentity of(ModelFolder model, FileHashes hashes) throws IOException {
        List<Path> files = new ArrayList<>(model.weights().files());
        files.add(model.configFile());
        files.addAll(model.tokenizerFiles());
        SortedMap<String, String> byName = new TreeMap<>();
        for (Path file : files) {
            byName.put(file.getFileName().toString(), hashes.sha256(file));
        }
        return new ModelIdentity(byName);
    }

    /** One hash for all of it: 64 lower-case hexadecimal digits. */
    public String sha256() {
        StringBuilder lines = new StringBuilder();
        for (Map.Entry<String, String> file : files.entrySet()) {
            lines.append(file.getValue()).append("  ").append(file.getKey()).append('\n');
        }
        return Sha256.of(lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Refuses to work with another model than the run's.
     *
     * @param expected the run's {@link #sha256()}
     * @param folder where this one was found
     * @throws UserError if they differ
     */
    public void require(String expected, Path folder) {
        if (!sha256().equals(expected)) {
            throw new UserError("the model in " + folder + " is not the one that the run began with (identity "
                    + sha256() + " instead of " + expected + "): copy " + String.join(", ", files.keySet())
                    + " from where the run was begun; compare with `sha256sum`");
        }
    }
}
