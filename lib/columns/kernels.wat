;; The SIMD kernels: scans over one column, and algebra over bitmaps. Assembled by `.ci/build-kernels.mjs` into `kernels-binary.ts`.
;;
;; Bitmaps hold one bit per row, least significant bit first. Row counts are multiples of 256 and byte counts multiples of 32, so no loop has a
;; remainder to care for. All addresses are bytes, unsigned. What each function promises is in `kernels.ts`.
;;
;; How a scan works. A range test `low <= x <= low + span` needs one comparison when the values are shifted first: with unsigned lanes,
;; `min(x - low, span) == x - low`. `i8x16.bitmask` then makes one bit of each byte lane, 16 rows at a time. Wider lanes are narrowed to bytes
;; before: a lane that passed is all ones, -1, and saturating signed narrowing keeps -1 and 0 as they are.
(module
  (memory (import "columns" "memory") 1 65536 shared)

  ;; ---- one byte per row ----------------------------------------------------------------------------------------------------------------

  (func (export "rangeU8") (param $column i32) (param $rows i32) (param $low i32) (param $span i32) (param $out i32)
    (local $end i32) (local $lows v128) (local $spans v128) (local $x v128)
    (if (i32.eqz (local.get $rows)) (then (return)))
    (local.set $lows (i8x16.splat (local.get $low)))
    (local.set $spans (i8x16.splat (local.get $span)))
    (local.set $end (i32.add (local.get $column) (local.get $rows)))
    (loop $next ;; 64 rows
      (local.set $x (i8x16.sub (v128.load (local.get $column)) (local.get $lows)))
      (i32.store16 (local.get $out) (i8x16.bitmask (i8x16.eq (i8x16.min_u (local.get $x) (local.get $spans)) (local.get $x))))
      (local.set $x (i8x16.sub (v128.load offset=16 (local.get $column)) (local.get $lows)))
      (i32.store16 offset=2 (local.get $out) (i8x16.bitmask (i8x16.eq (i8x16.min_u (local.get $x) (local.get $spans)) (local.get $x))))
      (local.set $x (i8x16.sub (v128.load offset=32 (local.get $column)) (local.get $lows)))
      (i32.store16 offset=4 (local.get $out) (i8x16.bitmask (i8x16.eq (i8x16.min_u (local.get $x) (local.get $spans)) (local.get $x))))
      (local.set $x (i8x16.sub (v128.load offset=48 (local.get $column)) (local.get $lows)))
      (i32.store16 offset=6 (local.get $out) (i8x16.bitmask (i8x16.eq (i8x16.min_u (local.get $x) (local.get $spans)) (local.get $x))))
      (local.set $out (i32.add (local.get $out) (i32.const 8)))
      (local.set $column (i32.add (local.get $column) (i32.const 64)))
      (br_if $next (i32.ne (local.get $column) (local.get $end)))))

  ;; A set of bytes as 256 bits, looked up without a gather. Byte c is bit (c >> 4) & 7 of table byte c & 15, in the first 16 table bytes when
  ;; c < 128 and in the second when not. `swizzle` fetches 16 table bytes at once.
  ;; Reference: W. Mula, "SIMDized check which bytes are in a set" (the universal algorithm).
  (func (export "tableU8") (param $column i32) (param $rows i32) (param $table i32) (param $out i32)
    (local $end i32) (local $table0 v128) (local $table1 v128) (local $bits v128) (local $x v128) (local $bit v128) (local $low v128)
    (if (i32.eqz (local.get $rows)) (then (return)))
    (local.set $table0 (v128.load (local.get $table)))
    (local.set $table1 (v128.load offset=16 (local.get $table)))
    (local.set $bits (v128.const i8x16 1 2 4 8 16 32 64 -128 1 2 4 8 16 32 64 -128))
    (local.set $end (i32.add (local.get $column) (local.get $rows)))
    (loop $next ;; 32 rows
      (local.set $x (v128.load (local.get $column)))
      (local.set $low (v128.and (local.get $x) (i8x16.splat (i32.const 15))))
      (local.set $bit (i8x16.swizzle (local.get $bits) (i8x16.shr_u (local.get $x) (i32.const 4))))
      (i32.store16 (local.get $out) (i8x16.bitmask (i8x16.eq (local.get $bit) (v128.and (local.get $bit)
        (v128.bitselect
          (i8x16.swizzle (local.get $table1) (local.get $low))
          (i8x16.swizzle (local.get $table0) (local.get $low))
          (i8x16.shr_s (local.get $x) (i32.const 7)))))))
      (local.set $x (v128.load offset=16 (local.get $column)))
      (local.set $low (v128.and (local.get $x) (i8x16.splat (i32.const 15))))
      (local.set $bit (i8x16.swizzle (local.get $bits) (i8x16.shr_u (local.get $x) (i32.const 4))))
      (i32.store16 offset=2 (local.get $out) (i8x16.bitmask (i8x16.eq (local.get $bit) (v128.and (local.get $bit)
        (v128.bitselect
          (i8x16.swizzle (local.get $table1) (local.get $low))
          (i8x16.swizzle (local.get $table0) (local.get $low))
          (i8x16.shr_s (local.get $x) (i32.const 7)))))))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (local.set $column (i32.add (local.get $column) (i32.const 32)))
      (br_if $next (i32.ne (local.get $column) (local.get $end)))))

  ;; ---- two bytes per row ---------------------------------------------------------------------------------------------------------------

  (func (export "rangeU16") (param $column i32) (param $rows i32) (param $low i32) (param $span i32) (param $out i32)
    (local $end i32) (local $lows v128) (local $spans v128) (local $x v128) (local $y v128)
    (if (i32.eqz (local.get $rows)) (then (return)))
    (local.set $lows (i16x8.splat (local.get $low)))
    (local.set $spans (i16x8.splat (local.get $span)))
    (local.set $end (i32.add (local.get $column) (i32.shl (local.get $rows) (i32.const 1))))
    (loop $next ;; 32 rows
      (local.set $x (i16x8.sub (v128.load (local.get $column)) (local.get $lows)))
      (local.set $y (i16x8.sub (v128.load offset=16 (local.get $column)) (local.get $lows)))
      (i32.store16 (local.get $out) (i8x16.bitmask (i8x16.narrow_i16x8_s
        (i16x8.eq (i16x8.min_u (local.get $x) (local.get $spans)) (local.get $x))
        (i16x8.eq (i16x8.min_u (local.get $y) (local.get $spans)) (local.get $y)))))
      (local.set $x (i16x8.sub (v128.load offset=32 (local.get $column)) (local.get $lows)))
      (local.set $y (i16x8.sub (v128.load offset=48 (local.get $column)) (local.get $lows)))
      (i32.store16 offset=2 (local.get $out) (i8x16.bitmask (i8x16.narrow_i16x8_s
        (i16x8.eq (i16x8.min_u (local.get $x) (local.get $spans)) (local.get $x))
        (i16x8.eq (i16x8.min_u (local.get $y) (local.get $spans)) (local.get $y)))))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (local.set $column (i32.add (local.get $column) (i32.const 64)))
      (br_if $next (i32.ne (local.get $column) (local.get $end)))))

  ;; One byte (0 or 1) per code. There is no gather, so this one is scalar: 8 rows per step.
  (func (export "tableU16") (param $column i32) (param $rows i32) (param $table i32) (param $out i32)
    (local $end i32)
    (if (i32.eqz (local.get $rows)) (then (return)))
    (local.set $end (i32.add (local.get $column) (i32.shl (local.get $rows) (i32.const 1))))
    (loop $next
      (i32.store8 (local.get $out)
        (i32.or
          (i32.or
            (i32.or
              (i32.load8_u (i32.add (local.get $table) (i32.load16_u (local.get $column))))
              (i32.shl (i32.load8_u (i32.add (local.get $table) (i32.load16_u offset=2 (local.get $column)))) (i32.const 1)))
            (i32.or
              (i32.shl (i32.load8_u (i32.add (local.get $table) (i32.load16_u offset=4 (local.get $column)))) (i32.const 2))
              (i32.shl (i32.load8_u (i32.add (local.get $table) (i32.load16_u offset=6 (local.get $column)))) (i32.const 3))))
          (i32.or
            (i32.or
              (i32.shl (i32.load8_u (i32.add (local.get $table) (i32.load16_u offset=8 (local.get $column)))) (i32.const 4))
              (i32.shl (i32.load8_u (i32.add (local.get $table) (i32.load16_u offset=10 (local.get $column)))) (i32.const 5)))
            (i32.or
              (i32.shl (i32.load8_u (i32.add (local.get $table) (i32.load16_u offset=12 (local.get $column)))) (i32.const 6))
              (i32.shl (i32.load8_u (i32.add (local.get $table) (i32.load16_u offset=14 (local.get $column)))) (i32.const 7))))))
      (local.set $out (i32.add (local.get $out) (i32.const 1)))
      (local.set $column (i32.add (local.get $column) (i32.const 16)))
      (br_if $next (i32.ne (local.get $column) (local.get $end)))))

  ;; ---- four bytes per row --------------------------------------------------------------------------------------------------------------

  (func (export "rangeI32") (param $column i32) (param $rows i32) (param $low i32) (param $span i32) (param $out i32)
    (local $end i32) (local $lows v128) (local $spans v128) (local $x v128)
    (if (i32.eqz (local.get $rows)) (then (return)))
    (local.set $lows (i32x4.splat (local.get $low)))
    (local.set $spans (i32x4.splat (local.get $span)))
    (local.set $end (i32.add (local.get $column) (i32.shl (local.get $rows) (i32.const 2))))
    (loop $next ;; 16 rows
      (i32.store16 (local.get $out) (i8x16.bitmask (i8x16.narrow_i16x8_s
        (i16x8.narrow_i32x4_s
          (i32x4.eq (i32x4.min_u (local.tee $x (i32x4.sub (v128.load (local.get $column)) (local.get $lows))) (local.get $spans)) (local.get $x))
          (i32x4.eq (i32x4.min_u (local.tee $x (i32x4.sub (v128.load offset=16 (local.get $column)) (local.get $lows))) (local.get $spans)) (local.get $x)))
        (i16x8.narrow_i32x4_s
          (i32x4.eq (i32x4.min_u (local.tee $x (i32x4.sub (v128.load offset=32 (local.get $column)) (local.get $lows))) (local.get $spans)) (local.get $x))
          (i32x4.eq (i32x4.min_u (local.tee $x (i32x4.sub (v128.load offset=48 (local.get $column)) (local.get $lows))) (local.get $spans)) (local.get $x))))))
      (local.set $out (i32.add (local.get $out) (i32.const 2)))
      (local.set $column (i32.add (local.get $column) (i32.const 64)))
      (br_if $next (i32.ne (local.get $column) (local.get $end)))))

  ;; ---- eight bytes per row -------------------------------------------------------------------------------------------------------------

  ;; Of each 64-bit lane that passed (all ones) or not (all zeros) one half is enough: a shuffle puts four rows into one vector.
  ;; NaN passes no comparison.
  (func (export "rangeF64") (param $column i32) (param $rows i32) (param $low f64) (param $high f64) (param $out i32)
    (local $end i32) (local $lows v128) (local $highs v128) (local $x v128) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (if (i32.eqz (local.get $rows)) (then (return)))
    (local.set $lows (f64x2.splat (local.get $low)))
    (local.set $highs (f64x2.splat (local.get $high)))
    (local.set $end (i32.add (local.get $column) (i32.shl (local.get $rows) (i32.const 3))))
    (loop $next ;; 16 rows
      (local.set $a (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27
        (v128.and (f64x2.ge (local.tee $x (v128.load (local.get $column))) (local.get $lows)) (f64x2.le (local.get $x) (local.get $highs)))
        (v128.and (f64x2.ge (local.tee $x (v128.load offset=16 (local.get $column))) (local.get $lows)) (f64x2.le (local.get $x) (local.get $highs)))))
      (local.set $b (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27
        (v128.and (f64x2.ge (local.tee $x (v128.load offset=32 (local.get $column))) (local.get $lows)) (f64x2.le (local.get $x) (local.get $highs)))
        (v128.and (f64x2.ge (local.tee $x (v128.load offset=48 (local.get $column))) (local.get $lows)) (f64x2.le (local.get $x) (local.get $highs)))))
      (local.set $c (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27
        (v128.and (f64x2.ge (local.tee $x (v128.load offset=64 (local.get $column))) (local.get $lows)) (f64x2.le (local.get $x) (local.get $highs)))
        (v128.and (f64x2.ge (local.tee $x (v128.load offset=80 (local.get $column))) (local.get $lows)) (f64x2.le (local.get $x) (local.get $highs)))))
      (local.set $d (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27
        (v128.and (f64x2.ge (local.tee $x (v128.load offset=96 (local.get $column))) (local.get $lows)) (f64x2.le (local.get $x) (local.get $highs)))
        (v128.and (f64x2.ge (local.tee $x (v128.load offset=112 (local.get $column))) (local.get $lows)) (f64x2.le (local.get $x) (local.get $highs)))))
      (i32.store16 (local.get $out) (i8x16.bitmask (i8x16.narrow_i16x8_s
        (i16x8.narrow_i32x4_s (local.get $a) (local.get $b))
        (i16x8.narrow_i32x4_s (local.get $c) (local.get $d)))))
      (local.set $out (i32.add (local.get $out) (i32.const 2)))
      (local.set $column (i32.add (local.get $column) (i32.const 128)))
      (br_if $next (i32.ne (local.get $column) (local.get $end)))))

  ;; ---- bitmaps -------------------------------------------------------------------------------------------------------------------------

  (func (export "and") (param $out i32) (param $a i32) (param $b i32) (param $bytes i32)
    (local $end i32)
    (if (i32.eqz (local.get $bytes)) (then (return)))
    (local.set $end (i32.add (local.get $out) (local.get $bytes)))
    (loop $next
      (v128.store (local.get $out) (v128.and (v128.load (local.get $a)) (v128.load (local.get $b))))
      (v128.store offset=16 (local.get $out) (v128.and (v128.load offset=16 (local.get $a)) (v128.load offset=16 (local.get $b))))
      (local.set $a (i32.add (local.get $a) (i32.const 32)))
      (local.set $b (i32.add (local.get $b) (i32.const 32)))
      (local.set $out (i32.add (local.get $out) (i32.const 32)))
      (br_if $next (i32.ne (local.get $out) (local.get $end)))))

  (func (export "or") (param $out i32) (param $a i32) (param $b i32) (param $bytes i32)
    (local $end i32)
    (if (i32.eqz (local.get $bytes)) (then (return)))
    (local.set $end (i32.add (local.get $out) (local.get $bytes)))
    (loop $next
      (v128.store (local.get $out) (v128.or (v128.load (local.get $a)) (v128.load (local.get $b))))
      (v128.store offset=16 (local.get $out) (v128.or (v128.load offset=16 (local.get $a)) (v128.load offset=16 (local.get $b))))
      (local.set $a (i32.add (local.get $a) (i32.const 32)))
      (local.set $b (i32.add (local.get $b) (i32.const 32)))
      (local.set $out (i32.add (local.get $out) (i32.const 32)))
      (br_if $next (i32.ne (local.get $out) (local.get $end)))))

  (func (export "andNot") (param $out i32) (param $a i32) (param $b i32) (param $bytes i32)
    (local $end i32)
    (if (i32.eqz (local.get $bytes)) (then (return)))
    (local.set $end (i32.add (local.get $out) (local.get $bytes)))
    (loop $next
      (v128.store (local.get $out) (v128.andnot (v128.load (local.get $a)) (v128.load (local.get $b))))
      (v128.store offset=16 (local.get $out) (v128.andnot (v128.load offset=16 (local.get $a)) (v128.load offset=16 (local.get $b))))
      (local.set $a (i32.add (local.get $a) (i32.const 32)))
      (local.set $b (i32.add (local.get $b) (i32.const 32)))
      (local.set $out (i32.add (local.get $out) (i32.const 32)))
      (br_if $next (i32.ne (local.get $out) (local.get $end)))))

  (func (export "not") (param $out i32) (param $a i32) (param $bytes i32)
    (local $end i32)
    (if (i32.eqz (local.get $bytes)) (then (return)))
    (local.set $end (i32.add (local.get $out) (local.get $bytes)))
    (loop $next
      (v128.store (local.get $out) (v128.not (v128.load (local.get $a))))
      (v128.store offset=16 (local.get $out) (v128.not (v128.load offset=16 (local.get $a))))
      (local.set $a (i32.add (local.get $a) (i32.const 32)))
      (local.set $out (i32.add (local.get $out) (i32.const 32)))
      (br_if $next (i32.ne (local.get $out) (local.get $end)))))

  (func (export "fill") (param $out i32) (param $bytes i32) (param $byte i32)
    (memory.fill (local.get $out) (local.get $byte) (local.get $bytes)))

  ;; Bits are counted per byte, added up by pairs twice, and summed in four lanes.
  (func (export "popcount") (param $a i32) (param $bytes i32) (result i32)
    (local $end i32) (local $sums v128)
    (if (i32.eqz (local.get $bytes)) (then (return (i32.const 0))))
    (local.set $end (i32.add (local.get $a) (local.get $bytes)))
    (loop $next
      (local.set $sums (i32x4.add (local.get $sums) (i32x4.extadd_pairwise_i16x8_u (i16x8.extadd_pairwise_i8x16_u (i8x16.popcnt
        (v128.load (local.get $a)))))))
      (local.set $sums (i32x4.add (local.get $sums) (i32x4.extadd_pairwise_i16x8_u (i16x8.extadd_pairwise_i8x16_u (i8x16.popcnt
        (v128.load offset=16 (local.get $a)))))))
      (local.set $a (i32.add (local.get $a) (i32.const 32)))
      (br_if $next (i32.ne (local.get $a) (local.get $end))))
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $sums)) (i32x4.extract_lane 1 (local.get $sums)))
      (i32.add (i32x4.extract_lane 2 (local.get $sums)) (i32x4.extract_lane 3 (local.get $sums)))))

  (func (export "popcountAnd") (param $a i32) (param $b i32) (param $bytes i32) (result i32)
    (local $end i32) (local $sums v128)
    (if (i32.eqz (local.get $bytes)) (then (return (i32.const 0))))
    (local.set $end (i32.add (local.get $a) (local.get $bytes)))
    (loop $next
      (local.set $sums (i32x4.add (local.get $sums) (i32x4.extadd_pairwise_i16x8_u (i16x8.extadd_pairwise_i8x16_u (i8x16.popcnt
        (v128.and (v128.load (local.get $a)) (v128.load (local.get $b))))))))
      (local.set $sums (i32x4.add (local.get $sums) (i32x4.extadd_pairwise_i16x8_u (i16x8.extadd_pairwise_i8x16_u (i8x16.popcnt
        (v128.and (v128.load offset=16 (local.get $a)) (v128.load offset=16 (local.get $b))))))))
      (local.set $b (i32.add (local.get $b) (i32.const 32)))
      (local.set $a (i32.add (local.get $a) (i32.const 32)))
      (br_if $next (i32.ne (local.get $a) (local.get $end))))
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $sums)) (i32x4.extract_lane 1 (local.get $sums)))
      (i32.add (i32x4.extract_lane 2 (local.get $sums)) (i32x4.extract_lane 3 (local.get $sums)))))

  ;; Takes 64 rows at a time and, while any is left, the lowest set bit off them.
  (func (export "positions") (param $a i32) (param $bytes i32) (param $base i32) (param $out i32) (result i32)
    (local $end i32) (local $start i32) (local $bits i64)
    (if (i32.eqz (local.get $bytes)) (then (return (i32.const 0))))
    (local.set $start (local.get $out))
    (local.set $end (i32.add (local.get $a) (local.get $bytes)))
    (loop $next
      (local.set $bits (i64.load (local.get $a)))
      (block $empty
        (loop $bit
          (br_if $empty (i64.eqz (local.get $bits)))
          (i32.store (local.get $out) (i32.add (local.get $base) (i32.wrap_i64 (i64.ctz (local.get $bits)))))
          (local.set $out (i32.add (local.get $out) (i32.const 4)))
          (local.set $bits (i64.and (local.get $bits) (i64.sub (local.get $bits) (i64.const 1))))
          (br $bit)))
      (local.set $base (i32.add (local.get $base) (i32.const 64)))
      (local.set $a (i32.add (local.get $a) (i32.const 8)))
      (br_if $next (i32.ne (local.get $a) (local.get $end))))
    (i32.shr_u (i32.sub (local.get $out) (local.get $start)) (i32.const 2)))
)
