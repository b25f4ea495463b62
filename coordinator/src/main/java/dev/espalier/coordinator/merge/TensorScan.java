package dev.espalier.coordinator.merge;

import dev.espalier.protocol.files.HashingReader;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One reading of a file from front to back, which is all that its hash and its numbers cost together. It belongs on a
 * thread that may block.
 */
public final class TensorScan {
    private final HashingReader in;
    private int[] words = {};
    private short[] halves = {};

    private TensorScan(HashingReader in) {
        this.in = in;
    }

    /**
     * What the file holds.
     *
     * @param sha256 of all of it
     * @param notFinite the first number that is not finite, in a sentence; empty if all are
     */
    public record Found(String sha256, Optional<String> notFinite) {}

    /** @param reader whose file it is; its tensors of other types than weights have are passed over */
    public static Found of(Path file, SafetensorsReader reader) throws IOException {
        List<TensorInfo> weights = reader.names().stream()
                .map(reader::info)
                .filter(tensor -> tensor.file().equals(file) && tensor.dtype().isWeight())
                .sorted(Comparator.comparingLong(TensorInfo::position))
                .toList();
        try (HashingReader in = HashingReader.open(file)) {
            Optional<String> fault = new TensorScan(in).first(weights);
            return new Found(in.sha256(), fault);
        }
    }

    private Optional<String> first(List<TensorInfo> weights) throws IOException {
        for (TensorInfo tensor : weights) {
            while (in.position() < tensor.position()
                    && in.next(tensor.position() - in.position()).hasRemaining()) {
                // What lies between is hashed only.
            }
            long end = tensor.position() + tensor.byteLength();
            while (in.position() < end) {
                long from = (in.position() - tensor.position()) / tensor.dtype().bytes();
                ByteBuffer piece = in.next(end - in.position());
                if (!piece.hasRemaining()) {
                    // The file has become shorter, which its hash will tell.
                    return Optional.empty();
                } else if (!isFinite(piece, tensor.dtype())) {
                    return Optional.of(sentence(piece, tensor, from));
                }
            }
        }
        return Optional.empty();
    }

    private boolean isFinite(ByteBuffer piece, Dtype dtype) {
        int count = piece.remaining() / dtype.bytes();
        if (dtype == Dtype.F32) {
            words = words.length < count ? new int[count] : words;
            piece.asIntBuffer().get(words, 0, count);
            return Finite.all(words, count);
        }
        halves = halves.length < count ? new short[count] : halves;
        piece.asShortBuffer().get(halves, 0, count);
        return Finite.all(halves, count, dtype);
    }

    private static String sentence(ByteBuffer piece, TensorInfo tensor, long from) {
        int at = 0;
        while (Float.isFinite(tensor.dtype().float32(piece, at))) {
            at++;
        }
        return "tensor " + tensor.name() + " holds " + tensor.dtype().float32(piece, at) + " at " + (from + at);
    }
}
