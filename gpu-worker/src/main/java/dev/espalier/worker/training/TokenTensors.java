package dev.espalier.worker.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;

/** Token ids as tensors. */
public final class TokenTensors {
    private TokenTensors() {}

    /** [B, S] int64 from rows of one length. */
    public static NDArray ids(Torch torch, NDManager scope, int[][] rows) {
        int length = rows[0].length;
        int[] flat = new int[rows.length * length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, flat, i * length, length);
        }
        return torch.ints(scope, flat, rows.length, length);
    }

    /** The next token of each position [B*S], -100 at the last one of each row. */
    public static NDArray nextTokens(Torch torch, NDManager scope, int[][] rows) {
        int length = rows[0].length;
        int[] labels = new int[rows.length * length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < length; j++) {
                labels[i * length + j] = j + 1 < length ? rows[i][j + 1] : -100;
            }
        }
        return torch.ints(scope, labels, labels.length);
    }
}
