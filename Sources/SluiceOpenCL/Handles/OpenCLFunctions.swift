import COpenCL
import SluiceBackends

/// The functions of a library that was opened, as `<CL/cl_icd.h>` types them.
@safe struct OpenCLFunctions: @unchecked Sendable {
  let getPlatformIDs: cl_api_clGetPlatformIDs
  let getPlatformInfo: cl_api_clGetPlatformInfo
  let getDeviceIDs: cl_api_clGetDeviceIDs
  let getDeviceInfo: cl_api_clGetDeviceInfo
  let createContext: cl_api_clCreateContext
  let releaseContext: cl_api_clReleaseContext
  let createCommandQueue: cl_api_clCreateCommandQueue
  let releaseCommandQueue: cl_api_clReleaseCommandQueue
  let createBuffer: cl_api_clCreateBuffer
  let releaseMemObject: cl_api_clReleaseMemObject
  let createProgramWithSource: cl_api_clCreateProgramWithSource
  let createProgramWithBinary: cl_api_clCreateProgramWithBinary
  let buildProgram: cl_api_clBuildProgram
  let getProgramBuildInfo: cl_api_clGetProgramBuildInfo
  let getProgramInfo: cl_api_clGetProgramInfo
  let releaseProgram: cl_api_clReleaseProgram
  let createKernel: cl_api_clCreateKernel
  let getKernelWorkGroupInfo: cl_api_clGetKernelWorkGroupInfo
  let setKernelArg: cl_api_clSetKernelArg
  let releaseKernel: cl_api_clReleaseKernel
  let enqueueNDRangeKernel: cl_api_clEnqueueNDRangeKernel
  let enqueueReadBuffer: cl_api_clEnqueueReadBuffer
  let enqueueWriteBuffer: cl_api_clEnqueueWriteBuffer
  let enqueueCopyBuffer: cl_api_clEnqueueCopyBuffer
  let enqueueFillBuffer: cl_api_clEnqueueFillBuffer
  let enqueueMapBuffer: cl_api_clEnqueueMapBuffer
  let enqueueUnmapMemObject: cl_api_clEnqueueUnmapMemObject
  let enqueueMarkerWithWaitList: cl_api_clEnqueueMarkerWithWaitList
  let enqueueBarrierWithWaitList: cl_api_clEnqueueBarrierWithWaitList
  let getEventProfilingInfo: cl_api_clGetEventProfilingInfo
  let releaseEvent: cl_api_clReleaseEvent
  let flush: cl_api_clFlush
  let finish: cl_api_clFinish

  /// - Throws: `unavailable` with the first function that the library does not have.
  init(_ library: SharedObject) throws(BackendError) {
    unsafe getPlatformIDs = try library.function(.getPlatformIDs)
    unsafe getPlatformInfo = try library.function(.getPlatformInfo)
    unsafe getDeviceIDs = try library.function(.getDeviceIDs)
    unsafe getDeviceInfo = try library.function(.getDeviceInfo)
    unsafe createContext = try library.function(.createContext)
    unsafe releaseContext = try library.function(.releaseContext)
    unsafe createCommandQueue = try library.function(.createCommandQueue)
    unsafe releaseCommandQueue = try library.function(.releaseCommandQueue)
    unsafe createBuffer = try library.function(.createBuffer)
    unsafe releaseMemObject = try library.function(.releaseMemObject)
    unsafe createProgramWithSource = try library.function(.createProgramWithSource)
    unsafe createProgramWithBinary = try library.function(.createProgramWithBinary)
    unsafe buildProgram = try library.function(.buildProgram)
    unsafe getProgramBuildInfo = try library.function(.getProgramBuildInfo)
    unsafe getProgramInfo = try library.function(.getProgramInfo)
    unsafe releaseProgram = try library.function(.releaseProgram)
    unsafe createKernel = try library.function(.createKernel)
    unsafe getKernelWorkGroupInfo = try library.function(.getKernelWorkGroupInfo)
    unsafe setKernelArg = try library.function(.setKernelArg)
    unsafe releaseKernel = try library.function(.releaseKernel)
    unsafe enqueueNDRangeKernel = try library.function(.enqueueNDRangeKernel)
    unsafe enqueueReadBuffer = try library.function(.enqueueReadBuffer)
    unsafe enqueueWriteBuffer = try library.function(.enqueueWriteBuffer)
    unsafe enqueueCopyBuffer = try library.function(.enqueueCopyBuffer)
    unsafe enqueueFillBuffer = try library.function(.enqueueFillBuffer)
    unsafe enqueueMapBuffer = try library.function(.enqueueMapBuffer)
    unsafe enqueueUnmapMemObject = try library.function(.enqueueUnmapMemObject)
    unsafe enqueueMarkerWithWaitList = try library.function(.enqueueMarkerWithWaitList)
    unsafe enqueueBarrierWithWaitList = try library.function(.enqueueBarrierWithWaitList)
    unsafe getEventProfilingInfo = try library.function(.getEventProfilingInfo)
    unsafe releaseEvent = try library.function(.releaseEvent)
    unsafe flush = try library.function(.flush)
    unsafe finish = try library.function(.finish)
  }
}
