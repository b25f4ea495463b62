package dev.espalier.methods.policygradient.distribution;

import dev.espalier.methods.policygradient.PolicyGradientKeys;
import dev.espalier.methods.policygradient.PolicyGradientSettings;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What an earlier run learnt, in its first round if it had several: another goes on with it
 * ({@code prune.policy-gradient.start-from}).
 *
 * @param learnt the last of its versions
 * @param start the file of its first version, which says what its units are
 */
public record EarlierRun(Distribution learnt, Path start) {

    /**
     * Reads the folder that a run is to start from.
     *
     * @param config of the run that starts
     * @throws UserError if it is no folder of such a run, or of one with other units
     */
    public static EarlierRun of(RunConfig config) throws IOException {
        Path folder = PolicyGradientKeys.of(config).startFrom().orElseThrow();
        requireSameUnits(folder, config.prune());
        List<Version> versions = versions(folder);
        Version first = versions.stream()
                .filter(version -> DistributionFile.hasMore(version.file())
                        && !version.distribution().lacksUnits())
                .findFirst()
                .orElseThrow(() -> wrong(
                        folder, "has no keep-probabilities: its prune stage has not begun, or its blobs are gone"));
        Version last = versions.stream()
                .filter(version -> version.distribution()
                        .budget()
                        .isThatOf(first.distribution().budget()))
                .max(Comparator.comparingInt(version -> version.distribution().steps()))
                .orElse(first);
        for (Version version : List.of(first, last)) {
            requireWhole(folder, version.file());
        }
        return new EarlierRun(last.distribution(), first.file());
    }

    private record Version(Path file, Distribution distribution) {}

    private static void requireSameUnits(Path folder, RunConfig.Prune own) throws IOException {
        Path file = folder.resolve(RunLayout.CONFIG);
        if (!Files.isRegularFile(file)) {
            throw wrong(folder, "is no folder of a run: there is no " + RunLayout.CONFIG + " in it");
        }
        RunConfig.Prune earlier = RunConfigReader.parse(Files.readString(file)).prune();
        if (!earlier.method().equals(PolicyGradientKeys.NAME)) {
            throw wrong(folder, "is of a run with prune.method = " + earlier.method());
        }
        if (!earlier.granularity().equals(own.granularity())
                || earlier.headUnit() != own.headUnit()
                || channels(earlier) != channels(own)) {
            throw wrong(
                    folder,
                    "learnt of other units: prune.granularity, prune.head-unit, prune.policy-gradient.ffn-block and"
                            + " faithful must be as there");
        }
    }

    private static int channels(RunConfig.Prune prune) {
        return prune.own(PolicyGradientKeys.NAME, PolicyGradientSettings.class).channels();
    }

    /** The distributions among a run's blobs, which are named by their SHA-256. */
    private static List<Version> versions(Path folder) throws IOException {
        Path blobs = folder.resolve(BlobFolder.NAME);
        List<Version> versions = new ArrayList<>();
        if (Files.isDirectory(blobs)) {
            List<Path> files;
            try (Stream<Path> all = Files.walk(blobs)) {
                files = all.filter(file -> file.getFileName().toString().matches("[0-9a-f]{64}"))
                        .sorted()
                        .toList();
            }
            for (Path file : files) {
                version(folder, file).ifPresent(versions::add);
            }
        }
        return versions;
    }

    /** Empty if the blob is something else, and whole. */
    private static Optional<Version> version(Path folder, Path blob) throws IOException {
        try {
            return Optional.of(new Version(blob, DistributionFile.read(blob)));
        } catch (UserError e) {
            requireWhole(folder, blob);
            return Optional.empty();
        }
    }

    private static void requireWhole(Path folder, Path blob) throws IOException {
        if (!Sha256.of(blob).equals(blob.getFileName().toString())) {
            throw wrong(folder, "is damaged: " + blob + " is not what its name says");
        }
    }

    /** @param what is the matter with the folder */
    public static UserError wrong(Path folder, String what) {
        return new UserError("prune.policy-gradient.start-from = " + folder + " " + what
                + "; name the folder of another run, or none to start from prune.initialise-from");
    }
}
