package dev.espalier.coordinator.merge;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.DamagedBlobException;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.StudentTensors;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether the student that a worker returned can become a version: the file is there and is what its hash says, its
 * tensors are those of the version that training started from, each with its optimizer's moments, and all numbers are
 * finite. Reads every byte, so it belongs on a thread that may block.
 *
 * @param blobs of the run
 */
public record StudentCheck(BlobFolder blobs) {
    private static final String FORMAT = "espalier.student";
    private static final String MASKS = "masks";

    /**
     * What is wrong with the student, in one sentence; empty if nothing. A damaged file is deleted: whoever makes the
     * content again would not deliver it if it seemed to be there.
     *
     * @param like a version of the same model; empty if this is the first
     * @param gated whether it must have mask logits
     * @throws IOException if {@code like}, which is ours, cannot be read
     */
    public Optional<String> fault(BlobRef student, Optional<BlobRef> like, boolean gated) throws IOException {
        return fault(student, like, gated, false);
    }

    /** {@link #fault} of what training changed. @param base the version that it started from; empty is a fault, too */
    public Optional<String> faultOfDelta(BlobRef delta, Optional<BlobRef> base, boolean gated) throws IOException {
        return fault(delta, base, gated, true);
    }

    private Optional<String> fault(BlobRef student, Optional<BlobRef> like, boolean gated, boolean delta)
            throws IOException {
        try {
            return ofFile(student, like, gated, delta).map(what -> "the worker returned a bad student: " + what);
        } catch (UnusableException e) {
            return Optional.of("the worker returned a student that " + e.getMessage());
        }
    }

    private static final class UnusableException extends IOException {
        private static final long serialVersionUID = 1L;

        UnusableException(String cause, Exception e) {
            super(cause + e.getMessage(), e);
        }
    }

    private Optional<String> ofFile(BlobRef student, Optional<BlobRef> like, boolean gated, boolean delta)
            throws IOException {
        Path file = usable(student, () -> blobs.path(student));
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            TensorScan.Found found = usable(student, () -> {
                TensorScan.Found scanned = TensorScan.of(file, reader);
                blobs.requireHash(student, scanned.sha256());
                return scanned;
            });
            Optional<String> fault =
                    ofKind(reader, delta ? like : Optional.empty(), delta).or(() -> ofContent(reader, gated, delta));
            if (fault.isEmpty() && like.isPresent()) {
                fault = difference(reader, like.get());
            }
            return fault.or(found::notFinite);
        } catch (UserError e) {
            // It may be none of its own making that it is no student.
            usable(student, () -> blobs.verify(student));
            throw new UnusableException("cannot be read: ", e);
        }
    }

    private interface Io<T> {
        T run() throws IOException;
    }

    private <T> T usable(BlobRef student, Io<T> io) throws IOException {
        try {
            return io.run();
        } catch (NoSuchFileException e) {
            throw new UnusableException("is not there: ", e);
        } catch (DamagedBlobException e) {
            blobs.delete(student);
            throw new UnusableException("is not what its hash says: ", e);
        } catch (IOException e) {
            throw new UnusableException("cannot be read: ", e);
        }
    }

    /** Merging what training changed as if it were a version would leave nearly zeros of the student, and no error. */
    private static Optional<String> ofKind(SafetensorsReader reader, Optional<BlobRef> base, boolean delta) {
        Optional<String> of = Optional.ofNullable(reader.metadata().get(StudentTensors.DELTA_OF));
        if (!delta) {
            return of.map(hash -> "it is what changed of " + hash + ", and was told to be a version");
        }
        return of.equals(base.map(BlobRef::sha256)) && of.isPresent()
                ? Optional.empty()
                : Optional.of("it is what changed of " + of.orElse("no version") + ", and training started from "
                        + base.map(BlobRef::sha256).orElse("none"));
    }

    private static Optional<String> ofContent(SafetensorsReader reader, boolean gated, boolean delta) {
        Set<String> names = reader.names();
        if (trainables(reader).isEmpty() || !reader.metadata().containsKey(FORMAT)) {
            return Optional.of("the file is no student");
        } else if (gated && !names.contains(MASKS)) {
            return Optional.of("it has no tensor " + MASKS);
        }
        for (String name : names) {
            Dtype dtype = reader.info(name).dtype();
            if (dtype != Dtype.F32 && !(delta && dtype == Dtype.BF16)) {
                return Optional.of("tensor " + name + " has the dtype " + dtype + " instead of F32");
            }
        }
        for (String name : trainables(reader)) {
            for (String moments : new String[] {name + StudentTensors.FIRST, name + StudentTensors.SECOND}) {
                if (!names.contains(moments)) {
                    return Optional.of("tensor " + moments + " is missing");
                } else if (!Arrays.equals(shape(reader, moments), shape(reader, name))) {
                    return Optional.of("tensor " + moments + " has another shape than " + name);
                }
            }
        }
        return reader.metadata().entrySet().stream()
                .filter(entry -> StudentTensors.isStepCount(entry.getKey())
                        && !entry.getValue().matches("[0-9]{1,18}"))
                .map(entry -> "its " + entry.getKey() + " is no number of steps")
                .findFirst();
    }

    private Optional<String> difference(SafetensorsReader reader, BlobRef like) throws IOException {
        try (SafetensorsReader other = SafetensorsReader.open(blobs.path(like))) {
            for (String name : trainables(other)) {
                if (!reader.names().contains(name)) {
                    return Optional.of("tensor " + name + " is missing");
                } else if (!Arrays.equals(shape(reader, name), shape(other, name))) {
                    return Optional.of("tensor " + name + " has the shape " + Arrays.toString(shape(reader, name))
                            + " instead of " + Arrays.toString(shape(other, name)));
                }
            }
            Optional<String> unknown = trainables(reader).stream()
                    .filter(name -> !other.names().contains(name))
                    .findFirst();
            if (unknown.isPresent()) {
                return Optional.of("tensor " + unknown.get() + " is none of the run's");
            }
            return settings(reader).equals(settings(other))
                    ? Optional.empty()
                    : Optional.of("its metadata is " + settings(reader) + " instead of " + settings(other));
        } catch (NoSuchFileException e) {
            // Not the worker's fault, unlike a file of its own.
            throw new IOException("the student version that training started from is missing: " + e.getFile(), e);
        }
    }

    private static Set<String> trainables(SafetensorsReader reader) {
        return reader.names().stream().filter(StudentTensors::isTrainable).collect(Collectors.toSet());
    }

    private static Map<String, String> settings(SafetensorsReader reader) {
        return reader.metadata().entrySet().stream()
                .filter(entry -> StudentTensors.isSetting(entry.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static long[] shape(SafetensorsReader reader, String name) {
        return reader.info(name).shape();
    }
}
