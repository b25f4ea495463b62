package dev.espalier.worker.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.data.LearntTokens;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/** Token ids as tensors. */
public final class TokenTensors {
    private TokenTensors() {}

    /** Ids [B, S] int64 from rows of one length, whose tokens may be only read ({@link LearntTokens}). */
    public static NDArray ids(Torch torch, NDManager scope, int[][] rows) {
        int length = rows[0].length;
        int[] flat = new int[rows.length * length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < length; j++) {
                flat[i * length + j] = LearntTokens.id(rows[i][j]);
            }
        }
        return torch.ints(scope, flat, rows.length, length);
    }

    /** The next token of each position [B*S], -100 at the last one of each row and where the next is only read. */
    public static NDArray nextTokens(Torch torch, NDManager scope, int[][] rows) {
        int length = rows[0].length;
        int[] labels = new int[rows.length * length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < length; j++) {
                boolean learnt = j + 1 < length && LearntTokens.isLearnt(rows[i][j + 1]);
                labels[i * length + j] = learnt ? rows[i][j + 1] : -100;
            }
        }
        return torch.ints(scope, labels, labels.length);
    }

    /** The positions [N] whose next tokens are learnt; empty if nothing is only read, so that all positions are. */
    public static Optional<NDArray> learnt(Torch torch, NDManager scope, int[][] rows) {
        return isAllLearnt(rows) ? Optional.empty() : Optional.of(learntPositions(torch, scope, rows));
    }

    /** Whether nothing of a batch is only read. */
    public static boolean isAllLearnt(int[][] rows) {
        return Arrays.stream(rows).flatMapToInt(Arrays::stream).allMatch(LearntTokens::isLearnt);
    }

    /** The positions [N] whose next tokens are there and learnt, in rows of a batch of which not all is. */
    public static NDArray learntPositions(Torch torch, NDManager scope, int[][] rows) {
        int length = rows[0].length;
        int[] at = IntStream.range(0, rows.length * length)
                .filter(i -> i % length + 1 < length && LearntTokens.isLearnt(rows[i / length][i % length + 1]))
                .toArray();
        return at.length == 0 ? torch.empty(scope) : torch.ints(scope, at, at.length);
    }
}
