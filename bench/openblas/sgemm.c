/* OpenBLAS sgemm on request: a line "LAYOUT M N K" on standard input is answered with the seconds of the fastest call. */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MEASURED_SECONDS 0.05

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static float *random_matrix(size_t length)
{
    float *matrix = aligned_alloc(256, (length * sizeof(float) + 255) / 256 * 256);
    for (size_t i = 0; i < length; i++)
        matrix[i] = (float)rand() / RAND_MAX - 0.5f;
    return matrix;
}

int main(void)
{
    char layout[8];
    int m, n, k;
    while (scanf("%7s %d %d %d", layout, &m, &n, &k) == 4) {
        int a_transposed = strcmp(layout, "TN") == 0;
        int b_transposed = strcmp(layout, "NT") == 0;
        float *a = random_matrix((size_t)m * k);
        float *b = random_matrix((size_t)n * k);
        float *c = random_matrix((size_t)m * n);
        double fastest = 1e30, begin = now();
        do {
            double start = now();
            cblas_sgemm(CblasRowMajor,
                        a_transposed ? CblasTrans : CblasNoTrans,
                        b_transposed ? CblasTrans : CblasNoTrans,
                        m, n, k, 1.0f, a, a_transposed ? m : k, b, b_transposed ? k : n, 0.0f, c, n);
            double seconds = now() - start;
            if (seconds < fastest)
                fastest = seconds;
        } while (now() - begin < MEASURED_SECONDS);
        printf("%.9f\n", fastest);
        fflush(stdout);
        free(a);
        free(b);
        free(c);
    }
    return 0;
}
