package dev.espalier.protocol;

import java.util.List;

/**
 * A run's news, oldest first.
 *
 * @param missed true if there was more before it that is not kept any more
 * @param removed true if the run whose news were asked for was removed, whatever run has its name now
 * @param last where the feed stands after it
 */
public record NewsBatch(List<RunNews> news, boolean missed, boolean removed, NewsId last) implements WireMessage {}
