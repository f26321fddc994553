SETITER 1,
SET_ITER 9, , x
.word 0x1ffffffff
, 2
ADD
