package dev.espalier.protocol;

import java.util.List;

/**
 * A run's news, oldest first.
 *
 * @param missed true if there was more before it that is not kept any more
 * @param last where the feed stands after it
 */
public record NewsBatch(List<RunNews> news, boolean missed, NewsId last) implements WireMessage {}
