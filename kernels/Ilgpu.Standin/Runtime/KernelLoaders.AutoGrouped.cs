namespace ILGPU.Runtime;

/// <content>Kernels that run once for each index; the accelerator chooses the groups.</content>
public static partial class KernelLoaders
{
    public static Action<TIndex, T1> LoadAutoGroupedStreamKernel<TIndex, T1>(
        this Accelerator accelerator,
        Action<TIndex, T1> action)
        where TIndex : struct, IIndex
        where T1 : struct
    {
        T1 a1 = default;
        var kernel = new IndexedKernel<TIndex>(accelerator, (first, last) =>
        {
            for (int i = first; i < last; i++)
                action(IndexedKernel<TIndex>.At(i), a1);
        });
        return (extent, p1) =>
        {
            lock (kernel)
            {
                a1 = p1;
                kernel.Launch(extent);
            }
        };
    }

    public static Action<TIndex, T1, T2> LoadAutoGroupedStreamKernel<TIndex, T1, T2>(
        this Accelerator accelerator,
        Action<TIndex, T1, T2> action)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
    {
        T1 a1 = default;
        T2 a2 = default;
        var kernel = new IndexedKernel<TIndex>(accelerator, (first, last) =>
        {
            for (int i = first; i < last; i++)
                action(IndexedKernel<TIndex>.At(i), a1, a2);
        });
        return (extent, p1, p2) =>
        {
            lock (kernel)
            {
                (a1, a2) = (p1, p2);
                kernel.Launch(extent);
            }
        };
    }

    public static Action<TIndex, T1, T2, T3> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3>(
        this Accelerator accelerator,
        Action<TIndex, T1, T2, T3> action)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
        where T3 : struct
    {
        T1 a1 = default;
        T2 a2 = default;
        T3 a3 = default;
        var kernel = new IndexedKernel<TIndex>(accelerator, (first, last) =>
        {
            for (int i = first; i < last; i++)
                action(IndexedKernel<TIndex>.At(i), a1, a2, a3);
        });
        return (extent, p1, p2, p3) =>
        {
            lock (kernel)
            {
                (a1, a2, a3) = (p1, p2, p3);
                kernel.Launch(extent);
            }
        };
    }

    public static Action<TIndex, T1, T2, T3, T4> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4>(
        this Accelerator accelerator,
        Action<TIndex, T1, T2, T3, T4> action)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
    {
        T1 a1 = default;
        T2 a2 = default;
        T3 a3 = default;
        T4 a4 = default;
        var kernel = new IndexedKernel<TIndex>(accelerator, (first, last) =>
        {
            for (int i = first; i < last; i++)
                action(IndexedKernel<TIndex>.At(i), a1, a2, a3, a4);
        });
        return (extent, p1, p2, p3, p4) =>
        {
            lock (kernel)
            {
                (a1, a2, a3, a4) = (p1, p2, p3, p4);
                kernel.Launch(extent);
            }
        };
    }

    public static Action<TIndex, T1, T2, T3, T4, T5> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5>(
        this Accelerator accelerator,
        Action<TIndex, T1, T2, T3, T4, T5> action)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
    {
        T1 a1 = default;
        T2 a2 = default;
        T3 a3 = default;
        T4 a4 = default;
        T5 a5 = default;
        var kernel = new IndexedKernel<TIndex>(accelerator, (first, last) =>
        {
            for (int i = first; i < last; i++)
                action(IndexedKernel<TIndex>.At(i), a1, a2, a3, a4, a5);
        });
        return (extent, p1, p2, p3, p4, p5) =>
        {
            lock (kernel)
            {
                (a1, a2, a3, a4, a5) = (p1, p2, p3, p4, p5);
                kernel.Launch(extent);
            }
        };
    }

    public static Action<TIndex, T1, T2, T3, T4, T5, T6> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6>(
        this Accelerator accelerator,
        Action<TIndex, T1, T2, T3, T4, T5, T6> action)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
    {
        T1 a1 = default;
        T2 a2 = default;
        T3 a3 = default;
        T4 a4 = default;
        T5 a5 = default;
        T6 a6 = default;
        var kernel = new IndexedKernel<TIndex>(accelerator, (first, last) =>
        {
            for (int i = first; i < last; i++)
                action(IndexedKernel<TIndex>.At(i), a1, a2, a3, a4, a5, a6);
        });
        return (extent, p1, p2, p3, p4, p5, p6) =>
        {
            lock (kernel)
            {
                (a1, a2, a3, a4, a5, a6) = (p1, p2, p3, p4, p5, p6);
                kernel.Launch(extent);
            }
        };
    }

    public static Action<TIndex, T1, T2, T3, T4, T5, T6, T7> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7>(
        this Accelerator accelerator,
        Action<TIndex, T1, T2, T3, T4, T5, T6, T7> action)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
    {
        T1 a1 = default;
        T2 a2 = default;
        T3 a3 = default;
        T4 a4 = default;
        T5 a5 = default;
        T6 a6 = default;
        T7 a7 = default;
        var kernel = new IndexedKernel<TIndex>(accelerator, (first, last) =>
        {
            for (int i = first; i < last; i++)
                action(IndexedKernel<TIndex>.At(i), a1, a2, a3, a4, a5, a6, a7);
        });
        return (extent, p1, p2, p3, p4, p5, p6, p7) =>
        {
            lock (kernel)
            {
                (a1, a2, a3, a4, a5, a6, a7) = (p1, p2, p3, p4, p5, p6, p7);
                kernel.Launch(extent);
            }
        };
    }

    public static Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8>(
        this Accelerator accelerator,
        Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8> action)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
    {
        T1 a1 = default;
        T2 a2 = default;
        T3 a3 = default;
        T4 a4 = default;
        T5 a5 = default;
        T6 a6 = default;
        T7 a7 = default;
        T8 a8 = default;
        var kernel = new IndexedKernel<TIndex>(accelerator, (first, last) =>
        {
            for (int i = first; i < last; i++)
                action(IndexedKernel<TIndex>.At(i), a1, a2, a3, a4, a5, a6, a7, a8);
        });
        return (extent, p1, p2, p3, p4, p5, p6, p7, p8) =>
        {
            lock (kernel)
            {
                (a1, a2, a3, a4, a5, a6, a7, a8) = (p1, p2, p3, p4, p5, p6, p7, p8);
                kernel.Launch(extent);
            }
        };
    }

    public static Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9>(
        this Accelerator accelerator,
        Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9> action)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
    {
        T1 a1 = default;
        T2 a2 = default;
        T3 a3 = default;
        T4 a4 = default;
        T5 a5 = default;
        T6 a6 = default;
        T7 a7 = default;
        T8 a8 = default;
        T9 a9 = default;
        var kernel = new IndexedKernel<TIndex>(accelerator, (first, last) =>
        {
            for (int i = first; i < last; i++)
                action(IndexedKernel<TIndex>.At(i), a1, a2, a3, a4, a5, a6, a7, a8, a9);
        });
        return (extent, p1, p2, p3, p4, p5, p6, p7, p8, p9) =>
        {
            lock (kernel)
            {
                (a1, a2, a3, a4, a5, a6, a7, a8, a9) = (p1, p2, p3, p4, p5, p6, p7, p8, p9);
                kernel.Launch(extent);
            }
        };
    }

    public static Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(
        this Accelerator accelerator,
        Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> action)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
        where T10 : struct
    {
        T1 a1 = default;
        T2 a2 = default;
        T3 a3 = default;
        T4 a4 = default;
        T5 a5 = default;
        T6 a6 = default;
        T7 a7 = default;
        T8 a8 = default;
        T9 a9 = default;
        T10 a10 = default;
        var kernel = new IndexedKernel<TIndex>(accelerator, (first, last) =>
        {
            for (int i = first; i < last; i++)
                action(IndexedKernel<TIndex>.At(i), a1, a2, a3, a4, a5, a6, a7, a8, a9, a10);
        });
        return (extent, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10) =>
        {
            lock (kernel)
            {
                (a1, a2, a3, a4, a5, a6, a7, a8, a9, a10) = (p1, p2, p3, p4, p5, p6, p7, p8, p9, p10);
                kernel.Launch(extent);
            }
        };
    }

    public static Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(
        this Accelerator accelerator,
        Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> action)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
        where T10 : struct
        where T11 : struct
    {
        T1 a1 = default;
        T2 a2 = default;
        T3 a3 = default;
        T4 a4 = default;
        T5 a5 = default;
        T6 a6 = default;
        T7 a7 = default;
        T8 a8 = default;
        T9 a9 = default;
        T10 a10 = default;
        T11 a11 = default;
        var kernel = new IndexedKernel<TIndex>(accelerator, (first, last) =>
        {
            for (int i = first; i < last; i++)
                action(IndexedKernel<TIndex>.At(i), a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11);
        });
        return (extent, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11) =>
        {
            lock (kernel)
            {
                (a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11) = (p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11);
                kernel.Launch(extent);
            }
        };
    }
}
