/** NutePrune's steps on a worker (Li et al. 2024, arXiv 2402.09773; docs/methods/nuteprune.md). */
package dev.espalier.methods.nuteprune.work;
