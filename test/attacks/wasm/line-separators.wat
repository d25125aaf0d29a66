;; attack: answers with what ends a line of JavaScript, and with all kinds of zero
;; outcome: ok
;; output: ["\u2028\u2029",0,0]
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "[\22\e2\80\a8\e2\80\a9\22,0,0e0]")
  (func (export "_start")
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 16))
      (drop (call $fd_write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)))))
